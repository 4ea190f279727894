//! Owns the sidecar process: starts it, watches its health, ends it.
//! Supervised by `root`; a process that dies or hangs is started again here, with a growing pause, as long as it takes.
//! Survives a crash: nothing has to; model calls under way fail as transient and are repeated by their runs.

mod process;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use nodes::outside::{ChatReply, ChatRequest, Model, OnText};
use protocol::runs::NodeFailure;
use protocol::system::{PartHealth, PartState};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::watch;

use self::process::SidecarProcess;
use super::events::{Draft, Events};
use super::settings::{BUILTIN_MODEL, BUILTIN_PROVIDER};
use super::supervise::{History, RestartPolicy, Verdict};
use crate::clock::now_ms;
use crate::config::SidecarOptions;
use crate::sidecar::SidecarClient;
use crate::sidecar::client::ProviderAccess;

/// Five quick restarts, then a minute's rest: a sidecar that cannot start must not keep the machine busy.
const POLICY: RestartPolicy = RestartPolicy {
    max_restarts: 5,
    window: Duration::from_secs(60),
    backoff: Duration::from_millis(200),
    max_backoff: Duration::from_secs(10),
};
const PAUSE_AFTER_GIVING_UP: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// Probes in a row that may fail before the process counts as hung.
const MAX_MISSES: u32 = 3;
/// How long a model call waits for a sidecar that is starting.
const PATIENCE: Duration = Duration::from_secs(60);

pub enum SidecarMsg {
    Start,
    /// News carry the number of the process, so that those of an earlier one are ignored.
    Started {
        process: u32,
        started: Result<(SidecarProcess, SidecarClient), String>,
    },
    Probed {
        process: u32,
        answer: Result<(), String>,
    },
    Exited {
        process: u32,
    },
}

pub struct SidecarActor;

pub struct SidecarArguments {
    pub options: SidecarOptions,
    pub handle: Sidecar,
}

pub struct SidecarState {
    options: SidecarOptions,
    handle: Sidecar,
    process: Option<SidecarProcess>,
    number: u32,
    misses: u32,
    history: History,
    restarts: u32,
}

impl Actor for SidecarActor {
    type Msg = SidecarMsg;
    type State = SidecarState;
    type Arguments = SidecarArguments;

    async fn pre_start(
        &self,
        myself: ActorRef<SidecarMsg>,
        arguments: SidecarArguments,
    ) -> Result<SidecarState, ActorProcessingErr> {
        let SidecarArguments { options, handle } = arguments;
        if options.enabled {
            myself.cast(SidecarMsg::Start)?;
        }
        Ok(SidecarState {
            options,
            handle,
            process: None,
            number: 0,
            misses: 0,
            history: History::default(),
            restarts: 0,
        })
    }

    async fn post_stop(&self, _: ActorRef<SidecarMsg>, state: &mut SidecarState) -> Result<(), ActorProcessingErr> {
        if let Some(process) = state.process.take() {
            process.end().await;
        }
        Ok(())
    }

    async fn handle(
        &self,
        myself: ActorRef<SidecarMsg>,
        message: SidecarMsg,
        state: &mut SidecarState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SidecarMsg::Start => state.start(&myself),
            SidecarMsg::Started { process, started } if process == state.number => match started {
                Ok((process, client)) => state.up(&myself, process, client),
                Err(reason) => state.down(&myself, &reason),
            },
            SidecarMsg::Probed { process, answer } if process == state.number => state.probed(&myself, answer),
            SidecarMsg::Exited { process } if process == state.number => {
                state.down(&myself, "the process ended");
            }
            SidecarMsg::Started { .. } | SidecarMsg::Probed { .. } | SidecarMsg::Exited { .. } => {}
        }
        Ok(())
    }
}

impl SidecarState {
    fn start(&mut self, me: &ActorRef<SidecarMsg>) {
        self.number += 1;
        self.misses = 0;
        let (me, options, number) = (me.clone(), self.options.clone(), self.number);
        tokio::spawn(async move {
            let started = process::start(&options, me.clone(), number).await;
            // The actor is gone only when the tree stops; the process ends with its handle.
            drop(me.cast(SidecarMsg::Started { process: number, started }));
        });
    }

    fn up(&mut self, me: &ActorRef<SidecarMsg>, process: SidecarProcess, client: SidecarClient) {
        tracing::info!("sidecar is up");
        self.process = Some(process);
        self.handle.set(Phase::Up(client), self.restarts, None);
        self.probe_later(me);
    }

    fn probed(&mut self, me: &ActorRef<SidecarMsg>, answer: Result<(), String>) {
        match answer {
            Ok(()) => self.misses = 0,
            Err(reason) => {
                self.misses += 1;
                tracing::warn!(misses = self.misses, %reason, "sidecar does not answer");
                if self.misses >= MAX_MISSES {
                    self.down(me, "it does not answer");
                    return;
                }
            }
        }
        self.probe_later(me);
    }

    fn probe_later(&self, me: &ActorRef<SidecarMsg>) {
        let Phase::Up(client) = self.handle.phase.borrow().clone() else {
            return;
        };
        let (me, process) = (me.clone(), self.number);
        tokio::spawn(async move {
            tokio::time::sleep(PROBE_EVERY).await;
            let answer = client.health().await;
            // The actor is gone only when the tree stops.
            drop(me.cast(SidecarMsg::Probed { process, answer }));
        });
    }

    fn down(&mut self, me: &ActorRef<SidecarMsg>, reason: &str) {
        // News of this process no longer count.
        self.number += 1;
        if let Some(process) = self.process.take() {
            tokio::spawn(process.end());
        }
        let pause = match POLICY.decide(&mut self.history, Instant::now()) {
            Verdict::Restart { after } => after,
            Verdict::GiveUp => PAUSE_AFTER_GIVING_UP,
        };
        tracing::warn!(%reason, pause_ms = pause.as_millis(), "sidecar is down");
        self.restarts += 1;
        self.handle.set(Phase::Down, self.restarts, Some(reason.to_owned()));
        me.send_after(pause, || SidecarMsg::Start);
    }
}

#[derive(Clone)]
enum Phase {
    Off,
    Starting,
    Up(SidecarClient),
    Down,
}

/// What others hold of the sidecar: a way to models that waits while it restarts.
#[derive(Clone)]
pub struct Sidecar {
    phase: Arc<watch::Sender<Phase>>,
    health: Arc<watch::Sender<(u32, Option<String>)>>,
    access: watch::Receiver<ProviderAccess>,
    events: Events,
}

impl Sidecar {
    pub fn new(enabled: bool, access: watch::Receiver<ProviderAccess>, events: Events) -> Self {
        let phase = if enabled { Phase::Starting } else { Phase::Off };
        let health = watch::Sender::new((0, None));
        Self { phase: Arc::new(watch::Sender::new(phase)), health: Arc::new(health), access, events }
    }

    pub fn health(&self) -> PartHealth {
        let (restarts, message) = self.health.borrow().clone();
        PartHealth { part: "sidecar".to_owned(), state: self.state(), restarts, message }
    }

    fn state(&self) -> PartState {
        match &*self.phase.borrow() {
            Phase::Off => PartState::Off,
            Phase::Starting => PartState::Starting,
            Phase::Up(_) => PartState::Up,
            Phase::Down => PartState::Down,
        }
    }

    fn set(&self, phase: Phase, restarts: u32, message: Option<String>) {
        self.phase.send_replace(phase);
        self.health.send_replace((restarts, message.clone()));
        let event = protocol::Event::PartChanged { part: "sidecar".to_owned(), state: self.state(), message };
        let topics: &[protocol::Topic] = &[protocol::Topic::System];
        let draft = Draft { at_ms: now_ms(), topics, run_id: None, workflow_id: None, event };
        let events = self.events.clone();
        tokio::spawn(async move {
            if let Err(failure) = events.change(vec![draft], |_| Ok(())).await {
                tracing::warn!(%failure, "the sidecar's state could not be announced");
            }
        });
    }

    async fn client(&self) -> Result<SidecarClient, NodeFailure> {
        let mut phase = self.phase.subscribe();
        let up = phase.wait_for(|phase| matches!(phase, Phase::Up(_) | Phase::Off));
        let found = match tokio::time::timeout(PATIENCE, up).await {
            Ok(Ok(phase)) => phase.clone(),
            Ok(Err(_)) | Err(_) => Phase::Down,
        };
        match found {
            Phase::Up(client) => Ok(client),
            Phase::Off => {
                Err(NodeFailure::new("unavailable", "this server runs without a sidecar, so it has no models"))
            }
            Phase::Starting | Phase::Down => {
                let seconds = PATIENCE.as_secs();
                Err(NodeFailure::new("unavailable", format!("the sidecar did not come up within {seconds} s"))
                    .transient())
            }
        }
    }
}

#[async_trait]
impl Model for Sidecar {
    async fn chat(&self, request: ChatRequest, on_text: &OnText<'_>) -> Result<ChatReply, NodeFailure> {
        let access = access_for(&request, self.access.borrow().clone())?;
        self.client().await?.chat(&request, &access, on_text).await
    }
}

/// What the node names, else what the server's settings say. Their model belongs to their provider and to no other.
fn access_for(request: &ChatRequest, mut access: ProviderAccess) -> Result<ProviderAccess, NodeFailure> {
    let provider = request.provider.as_ref().filter(|provider| **provider != access.provider);
    match (provider, &request.model) {
        (Some(provider), None) if provider != BUILTIN_PROVIDER => {
            let message = format!("the step names the provider `{provider}` and no model; name the model, too");
            return Err(NodeFailure::new("missing_model", message));
        }
        (Some(_), None) => BUILTIN_MODEL.clone_into(&mut access.model),
        (_, Some(model)) => access.model.clone_from(model),
        (None, None) => {}
    }
    if let Some(provider) = provider {
        access.provider.clone_from(provider);
    }
    Ok(access)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(provider: Option<&str>, model: Option<&str>) -> Result<(String, String), String> {
        let access = ProviderAccess {
            provider: "openai_compatible".to_owned(),
            model: "large".to_owned(),
            ..ProviderAccess::default()
        };
        let request = ChatRequest {
            provider: provider.map(str::to_owned),
            model: model.map(str::to_owned),
            system: None,
            messages: Vec::new(),
            temperature: None,
            max_tokens: None,
            json_schema: None,
            stream: false,
            timeout: PATIENCE,
        };
        let access = access_for(&request, access).map_err(|failure| failure.code)?;
        Ok((access.provider, access.model))
    }

    #[test]
    fn a_model_goes_with_its_provider() {
        let pair = |provider: &str, model: &str| Ok((provider.to_owned(), model.to_owned()));
        assert_eq!(chosen(None, None), pair("openai_compatible", "large"));
        assert_eq!(chosen(Some("openai_compatible"), None), pair("openai_compatible", "large"));
        assert_eq!(chosen(None, Some("small")), pair("openai_compatible", "small"));
        assert_eq!(chosen(Some("builtin"), None), pair("builtin", BUILTIN_MODEL));
        assert_eq!(chosen(Some("other"), Some("small")), pair("other", "small"));
        assert_eq!(chosen(Some("other"), None), Err("missing_model".to_owned()));
    }
}
