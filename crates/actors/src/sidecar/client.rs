//! Talks to one sidecar process: health, and chat with its stream of lines.
//! The token goes with every request; nothing of a prompt or key is ever logged.

use std::time::Duration;

use futures::StreamExt;
use nodes::outside::{ChatReply, ChatRequest, ChatRole, OnText};
use protocol::runs::NodeFailure;
use reqwest::header::AUTHORIZATION;

use super::wire::{ChatBody, ChatEnd, ChatError, ChatLine, MessageBody, RoleWord};

/// A sidecar that answers slower than this to the simplest question is not well.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);
/// A line longer than this is not one of ours.
const MAX_LINE_BYTES: usize = 32 * 1024 * 1024;
/// Added to the caller's limit, so that the sidecar's own word arrives first.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Address {
    pub base_url: String,
    pub token: String,
}

/// Where a provider is reached, as the server's settings and configuration say.
#[derive(Clone, Debug, Default)]
pub struct ProviderAccess {
    pub provider: String,
    pub model: String,
    pub base_url: Option<String>,
    pub api_key: Option<String>,
}

#[derive(Clone)]
pub struct SidecarClient {
    http: reqwest::Client,
    address: Address,
}

impl SidecarClient {
    pub fn new(address: Address) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, address })
    }

    /// Whether the sidecar answers.
    pub async fn health(&self) -> Result<(), String> {
        let url = format!("{}/health", self.address.base_url);
        let answer = self.http.get(url).timeout(HEALTH_LIMIT).send().await;
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.without_url().to_string()),
        }
    }

    /// One model turn. Dropping the future ends it at the provider too.
    pub async fn chat(
        &self,
        request: &ChatRequest,
        access: &ProviderAccess,
        on_text: &OnText<'_>,
    ) -> Result<ChatReply, NodeFailure> {
        let url = format!("{}/chat", self.address.base_url);
        let response = self
            .http
            .post(url)
            .header(AUTHORIZATION, format!("Bearer {}", self.address.token))
            .timeout(request.timeout + GRACE)
            .json(&body(request, access))
            .send()
            .await
            .map_err(|error| lost(&error))?;
        if !response.status().is_success() {
            let status = response.status();
            return Err(match response.json::<ChatError>().await {
                Ok(error) => refused(error),
                Err(_) => NodeFailure::new("provider_failed", format!("the sidecar answered {status}")).transient(),
            });
        }
        if !request.stream {
            let end: ChatEnd = response.json().await.map_err(|error| lost(&error))?;
            return Ok(reply(end));
        }
        read_lines(response, on_text).await
    }
}

async fn read_lines(response: reqwest::Response, on_text: &OnText<'_>) -> Result<ChatReply, NodeFailure> {
    let mut chunks = response.bytes_stream();
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk.map_err(|error| lost(&error))?);
        if buffer.len() > MAX_LINE_BYTES {
            return Err(NodeFailure::new("provider_failed", "the sidecar sent a line without end"));
        }
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let line: ChatLine = serde_json::from_slice(&line).map_err(|error| {
                NodeFailure::new("provider_failed", format!("the sidecar sent a line that cannot be read: {error}"))
            })?;
            match line {
                ChatLine::Delta { text } => on_text(&text),
                ChatLine::Finish(end) => return Ok(reply(end)),
                ChatLine::Error(error) => return Err(refused(error)),
            }
        }
    }
    Err(NodeFailure::new("sidecar_lost", "the sidecar ended in the middle of an answer").transient())
}

fn body<'a>(request: &'a ChatRequest, access: &'a ProviderAccess) -> ChatBody<'a> {
    let messages = request.messages.iter().map(|message| MessageBody {
        role: match message.role {
            ChatRole::User => RoleWord::User,
            ChatRole::Assistant => RoleWord::Assistant,
        },
        content: &message.content,
    });
    ChatBody {
        provider: &access.provider,
        model: &access.model,
        system: request.system.as_deref(),
        messages: messages.collect(),
        temperature: request.temperature,
        max_tokens: request.max_tokens,
        json_schema: request.json_schema.as_ref(),
        stream: request.stream,
        base_url: access.base_url.as_deref(),
        api_key: access.api_key.as_deref(),
        timeout_ms: u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
    }
}

fn reply(end: ChatEnd) -> ChatReply {
    ChatReply { text: end.text, model: end.model, finish_reason: end.finish_reason, usage: end.usage }
}

fn refused(error: ChatError) -> NodeFailure {
    let details = error.retry_after_ms.map(|millis| serde_json::json!({ "retry_after_ms": millis }).into());
    NodeFailure { details, transient: error.retryable, ..NodeFailure::new(error.code, error.message) }
}

/// A broken connection may be a sidecar that is being restarted: another attempt can succeed.
fn lost(error: &reqwest::Error) -> NodeFailure {
    if error.is_timeout() {
        return NodeFailure::new("timeout", "the model did not answer in time").transient();
    }
    NodeFailure::new("sidecar_lost", "the connection to the sidecar broke").transient()
}
