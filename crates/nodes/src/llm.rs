//! Asks a language model. The answer is shown while it comes and leaves whole; JSON is checked before it leaves.
//! Keeps no conversation: what the model shall know stands in the prompt.

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::face::{gives, takes};
use crate::outside::{ChatMessage, ChatReply, ChatRequest, ChatRole};
use crate::schema::{Problem, ValueSchema, read_json};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Of an answer that does not fit, this much goes into the failure.
const MAX_EXCERPT_CHARACTERS: usize = 1_000;

/// A question to a language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LlmConfig {
    /// Where the model runs, such as `openai_compatible`. Leave empty for the server's default.
    #[schemars(length(max = 64))]
    pub provider: String,
    /// Name of the model. Leave empty for the server's default; with another provider than the server's only
    /// `builtin` has one.
    #[schemars(length(max = 256))]
    pub model: String,
    /// What the model is told about its task and manner, before the prompt.
    pub system: Template,
    /// What the model is asked. `{{ input }}` is what arrived.
    pub prompt: Template,
    /// How free the answer is: 0 for the likeliest words, higher for more variety. Leave empty for the provider's
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f64>,
    /// Longest answer, in tokens of about four letters. Leave empty for the provider's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// What kind of answer is wanted.
    pub output: LlmOutput,
    /// Whether the answer is shown while it is being written.
    pub stream: bool,
}

/// What kind of answer is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LlmOutput {
    /// Text.
    #[default]
    #[schemars(title = "Text")]
    Text,
    /// JSON of a given shape, which leaves through `json`. An answer of another shape fails the step, and another
    /// attempt may do better.
    #[schemars(title = "JSON")]
    Json {
        /// The shape, as JSON Schema.
        schema: ValueSchema,
    },
}

impl Default for LlmConfig {
    fn default() -> Self {
        Self {
            provider: String::new(),
            model: String::new(),
            system: Template::default(),
            prompt: Template::parse("{{ input }}").expect("it is a template"),
            temperature: None,
            max_tokens: None,
            output: LlmOutput::Text,
            stream: true,
        }
    }
}

pub struct Llm;

impl Node for Llm {
    const KIND: &'static str = "llm";
    type Config = LlmConfig;

    fn face() -> Face {
        Face {
            label: "Language model".to_owned(),
            description: "Asks a language model and hands its answer on.".to_owned(),
            group: Group::Ai,
            icon: "sparkles".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("response", "Response", PortType::Text),
                gives("json", "JSON", PortType::Json),
                gives("usage", "Usage", PortType::Json),
            ],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Model],
        }
    }

    fn check(config: &LlmConfig) -> Vec<(String, String)> {
        if config.prompt.is_empty() { vec![("/prompt".to_owned(), "the prompt is missing".to_owned())] } else { vec![] }
    }

    async fn run(config: &LlmConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let request = request(config, context).await?;
        let reporter = context.reporter.clone();
        let reply = context.outside.model.chat(request, &move |text: &str| reporter.text(text)).await?;
        let usage = reply.usage;
        let mut outputs = Ports::from([
            (PortName::from("response"), Payload::from(reply.text.as_str())),
            (PortName::from("usage"), Payload::from(told_usage(&reply))),
        ]);
        if let LlmOutput::Json { schema } = &config.output {
            let (schema, text) = (schema.clone(), reply.text);
            let checked = context.outside.compute.run("the check of the answer", move || read(&schema, text)).await?;
            outputs.insert(PortName::from("json"), checked?);
        }
        Ok(Done::Outputs { outputs, usage })
    }
}

async fn request(config: &LlmConfig, context: &Context) -> Result<ChatRequest, NodeFailure> {
    let prompt = context.render(&config.prompt, "prompt").await?;
    if prompt.trim().is_empty() {
        return Err(NodeFailure::new("empty_prompt", "the prompt is empty once its values are filled in"));
    }
    Ok(ChatRequest {
        provider: named(&config.provider),
        model: named(&config.model),
        system: named(&context.render(&config.system, "system").await?),
        messages: vec![ChatMessage { role: ChatRole::User, content: prompt }],
        temperature: config.temperature,
        max_tokens: config.max_tokens,
        json_schema: match &config.output {
            LlmOutput::Text => None,
            LlmOutput::Json { schema } => Some(Payload::from(schema.value().clone())),
        },
        stream: config.stream,
        timeout: context.outside.limits.chat_timeout,
    })
}

/// What is left empty is for the floor below to decide.
fn named(text: &str) -> Option<String> {
    if text.trim().is_empty() { None } else { Some(text.to_owned()) }
}

fn told_usage(reply: &ChatReply) -> Value {
    json!({
        "input_tokens": reply.usage.input_tokens,
        "output_tokens": reply.usage.output_tokens,
        "model": reply.model,
        "finish_reason": reply.finish_reason,
    })
}

/// A model that was cut off or strayed may do better next time.
fn read(schema: &ValueSchema, text: String) -> Result<Payload, NodeFailure> {
    let problems: Vec<Problem> = match read_json(&text) {
        Ok(value) => match schema.problems(&value) {
            problems if problems.is_empty() => return Ok(Payload::from(value)),
            problems => problems,
        },
        Err(problem) => vec![problem],
    };
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let excerpt: String = text.chars().take(MAX_EXCERPT_CHARACTERS).collect();
    let message = format!("the model's answer does not fit the schema: {}", told.join("; "));
    let details = json!({ "errors": problems, "answer": excerpt });
    Err(NodeFailure::new("schema_mismatch", message).transient().with_details(details.into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::runs::Usage;
    use serde_json::{Value, json};

    use super::Llm;
    use crate::testing::{Attempt, FakeModel, Told, outside, values};
    use crate::{Done, NodeFailure, Outside};

    struct Asked {
        model: Arc<FakeModel>,
        told: Arc<Told>,
        done: Result<Done, NodeFailure>,
    }

    async fn ask(config: Value, model: FakeModel) -> Asked {
        let (model, told) = (Arc::new(model), Arc::new(Told::default()));
        let mut attempt = Attempt::of::<Llm>(config)
            .input("input", json!({ "topic": "{{ rust }}" }))
            .outside(Outside { model: model.clone(), ..outside() });
        attempt.context.reporter = told.clone();
        Asked { done: attempt.run().await, model, told }
    }

    #[tokio::test]
    async fn asks_what_the_config_says() {
        let asked = ask(
            json!({
                "provider": "p", "model": "m", "system": "Be {{ 'brief' }}.", "prompt": "About {{ input.topic }}?",
                "temperature": 0.5, "max_tokens": 20, "stream": true,
            }),
            FakeModel::saying(&["a b c"]),
        )
        .await;
        let request = asked.model.requests().pop().unwrap();
        assert_eq!((request.provider.as_deref(), request.model.as_deref()), (Some("p"), Some("m")));
        assert_eq!(request.system.as_deref(), Some("Be brief."));
        // What arrived is text, never a template.
        assert_eq!(request.messages[0].content, "About {{ rust }}?");
        assert_eq!((request.temperature, request.max_tokens, request.json_schema), (Some(0.5), Some(20), None));
        assert_eq!(asked.told.texts(), ["a ", "b ", "c"]);
        let Done::Outputs { outputs, usage } = asked.done.unwrap() else { panic!("a model never waits") };
        assert_eq!(usage, Usage { input_tokens: 4, output_tokens: 3 });
        let expected = json!({
            "response": "a b c",
            "usage": { "input_tokens": 4, "output_tokens": 3, "model": "m", "finish_reason": "stop" },
        });
        assert_eq!(json!(values(&outputs)), expected);
    }

    #[tokio::test]
    async fn what_is_left_empty_is_the_servers_choice() {
        let asked = ask(json!({ "system": " ", "stream": false }), FakeModel::saying(&["x"])).await;
        let request = asked.model.requests().pop().unwrap();
        assert_eq!((request.provider, request.model, request.system), (None, None, None));
        assert_eq!((request.temperature, request.max_tokens), (None, None));
        assert!(asked.told.texts().is_empty());
    }

    #[tokio::test]
    async fn json_is_read_and_checked() {
        let schema = json!({ "type": "object", "required": ["a"] });
        let config = json!({ "output": { "type": "json", "schema": schema } });
        let fits = ask(config.clone(), FakeModel::saying(&["```json\n{\"a\": 1}\n```"])).await;
        assert_eq!(fits.model.requests()[0].json_schema, Some(schema.into()));
        let Done::Outputs { outputs, .. } = fits.done.unwrap() else { panic!("a model never waits") };
        assert_eq!(values(&outputs)["json"], json!({ "a": 1 }));
        for (answer, told) in [("{}", "\"a\" is a required property"), ("Sorry.", "the text is not JSON")] {
            let failure = ask(config.clone(), FakeModel::saying(&[answer])).await.done.unwrap_err();
            assert_eq!((failure.code.as_str(), failure.transient), ("schema_mismatch", true));
            assert!(failure.message.contains(told), "{}", failure.message);
            assert_eq!(failure.details.unwrap().parse::<Value>().unwrap()["answer"], answer);
        }
    }

    #[tokio::test]
    async fn failures_pass_through_and_an_empty_prompt_is_one() {
        let broken = NodeFailure::new("unavailable", "the sidecar is down").transient();
        assert_eq!(ask(json!({}), FakeModel::failing(broken.clone())).await.done, Err(broken));
        let empty = ask(json!({ "prompt": " {{ '' }}" }), FakeModel::saying(&["x"])).await;
        assert_eq!(empty.done.unwrap_err().code, "empty_prompt");
        assert!(empty.model.requests().is_empty());
    }
}
