//! Fakes for tests: a model that answers from a script, and attempts of nodes without a run around them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_trait::async_trait;
use engine::graph::Faces;
use engine::{Ports, Scope};
use protocol::runs::{NodeFailure, Usage};
use protocol::{NodeId, Payload, PortName};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::outside::{ChatReply, ChatRequest, Compute, FileRoots, HttpClient, HttpOptions, Limits, Model, OnText};
use crate::registry::Entry;
use crate::{Context, Done, Node, Outside, Prepared, Registry, Reporter};

/// Answers chats from a script, oldest answer first, and remembers what it was asked.
#[derive(Default)]
pub struct FakeModel {
    script: Mutex<Vec<Result<String, NodeFailure>>>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl FakeModel {
    pub fn saying(answers: &[&str]) -> Self {
        let script = answers.iter().map(|answer| Ok((*answer).to_owned())).collect();
        Self { script: Mutex::new(script), requests: Mutex::default() }
    }

    pub fn failing(failure: NodeFailure) -> Self {
        Self { script: Mutex::new(vec![Err(failure)]), requests: Mutex::default() }
    }

    /// Everything asked so far.
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Model for FakeModel {
    /// Streams word by word. Each word counts as a token.
    async fn chat(&self, request: ChatRequest, on_text: &OnText<'_>) -> Result<ChatReply, NodeFailure> {
        let words_in = request.messages.iter().map(|message| message.content.split_whitespace().count() as u64).sum();
        let stream = request.stream;
        let model = request.model.clone().unwrap_or_else(|| "fake".to_owned());
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let next = {
            let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
            if script.is_empty() { None } else { Some(script.remove(0)) }
        };
        let text = next.unwrap_or_else(|| {
            Err(NodeFailure::new("unavailable", "the script of the fake model is at its end").transient())
        })?;
        if stream {
            text.split_inclusive(' ').for_each(on_text);
        }
        let usage = Usage { input_tokens: words_in, output_tokens: text.split_whitespace().count() as u64 };
        Ok(ChatReply { text, model, finish_reason: "stop".to_owned(), usage })
    }
}

/// Remembers what it is told.
#[derive(Default)]
pub struct Told {
    texts: Mutex<Vec<String>>,
}

impl Told {
    pub fn texts(&self) -> Vec<String> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reporter for Told {
    fn text(&self, text: &str) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }

    fn progress(&self, message: &str) {
        self.text(message);
    }
}

/// No files, no network beyond the public one, a model without a script.
pub fn outside() -> Outside {
    /// Reading the system's certificates takes a while.
    static CLIENT: LazyLock<HttpClient> =
        LazyLock::new(|| HttpClient::new(&HttpOptions::default()).expect("the default options make a client"));
    Outside {
        http: CLIENT.clone(),
        files: FileRoots::default(),
        model: Arc::new(FakeModel::default()),
        limits: Limits::default(),
        compute: Compute::default(),
    }
}

/// The first attempt of node `node` in run `run`, at the time 0.
pub fn context(outside: Outside) -> Context {
    Context {
        run_id: "run".into(),
        workflow_id: "workflow".into(),
        node_id: "node".into(),
        attempt: 1,
        key: "run:node:0".to_owned(),
        now_ms: 0,
        scope: Scope::default(),
        outside: Arc::new(outside),
        reporter: Arc::new(Told::default()),
        cancelled: CancellationToken::new(),
    }
}

/// One attempt of a node with what arrives at it. Built step by step, then run.
pub struct Attempt {
    prepared: Arc<dyn Prepared>,
    pub context: Context,
    ports: Ports,
    run_inputs: BTreeMap<String, Payload>,
    nodes: BTreeMap<NodeId, Arc<Ports>>,
}

impl Attempt {
    /// Panics when the config cannot be prepared.
    pub fn of<Type: Node>(config: Value) -> Self {
        let registry = Registry::of(vec![Entry::of::<Type>()]);
        let problems = registry.check_config(Type::KIND, &config.clone().into());
        assert!(problems.is_empty(), "the config {config} of `{}` has problems: {problems:?}", Type::KIND);
        let prepared = registry.prepare(Type::KIND, &config.into()).expect("a config without problems is prepared");
        Self {
            prepared,
            context: context(outside()),
            ports: Ports::new(),
            run_inputs: BTreeMap::new(),
            nodes: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn input(mut self, port: &str, value: impl Into<Payload>) -> Self {
        self.ports.insert(PortName::from(port), value.into());
        self
    }

    #[must_use]
    pub fn run_input(mut self, name: &str, value: impl Into<Payload>) -> Self {
        self.run_inputs.insert(name.to_owned(), value.into());
        self
    }

    /// A finished node upstream with one output.
    #[must_use]
    pub fn upstream(mut self, node: &str, port: &str, value: impl Into<Payload>) -> Self {
        self.nodes.insert(node.into(), Arc::new(Ports::from([(PortName::from(port), value.into())])));
        self
    }

    #[must_use]
    pub fn outside(mut self, outside: Outside) -> Self {
        self.context.outside = Arc::new(outside);
        self
    }

    pub async fn run(mut self) -> Result<Done, NodeFailure> {
        self.context.scope = Scope {
            run_inputs: Arc::new(self.run_inputs),
            ports: Arc::new(self.ports.clone()),
            nodes: Arc::new(self.nodes),
            item: None,
        };
        self.prepared.run(self.ports.into(), &self.context).await
    }

    /// Runs to the end and gives what leaves now, by port. Panics when the node waits.
    pub fn run_now(self) -> Result<BTreeMap<String, Value>, NodeFailure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime.expect("a runtime starts").block_on(self.run())? {
            Done::Outputs { outputs, .. } => Ok(values(&outputs)),
            Done::Wait { due_at_ms, .. } => panic!("the node waits until {due_at_ms}"),
        }
    }
}

/// Parsed outputs by port.
pub fn values(outputs: &Ports) -> BTreeMap<String, Value> {
    let parse = |value: &Payload| value.parse().expect("a payload is JSON");
    outputs.iter().map(|(port, value)| (port.to_string(), parse(value))).collect()
}

/// A folder of its own, removed at the end, that nodes may read and write.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn holding(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        for (path, bytes) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("folders can be made");
            std::fs::write(path, bytes).expect("files can be written");
        }
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn outside(&self) -> Outside {
        let roots = [self.path().to_owned()];
        Outside { files: FileRoots::new(&roots, &roots, &[]).expect("the folder exists"), ..outside() }
    }
}
