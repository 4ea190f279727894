//! The way to language models. The floor above implements it; nodes see only this.
//! Keeps no conversation: whoever wants one sends it whole.

use std::time::Duration;

use async_trait::async_trait;
use protocol::Payload;
use protocol::runs::{NodeFailure, Usage};

#[async_trait]
pub trait Model: Send + Sync {
    /// One chat, without memory of earlier ones. With `request.stream`, `on_text` receives the answer piece by piece;
    /// the reply holds all of it in any case. Dropping the future ends the chat.
    async fn chat(&self, request: ChatRequest, on_text: &OnText<'_>) -> Result<ChatReply, NodeFailure>;
}

/// Receives the next piece of an answer.
pub type OnText<'call> = dyn Fn(&str) + Send + Sync + 'call;

#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// `None`: the server's default.
    pub provider: Option<String>,
    /// `None`: the server's default, which belongs to the server's provider; of the others only `builtin` has one.
    pub model: Option<String>,
    pub system: Option<String>,
    /// Oldest first; the last one is the user's.
    pub messages: Vec<ChatMessage>,
    /// `None`: the provider's default.
    pub temperature: Option<f64>,
    /// Longest answer in tokens. `None`: the provider's default.
    pub max_tokens: Option<u32>,
    /// The answer must be JSON that fits this schema, as far as the provider can make sure of it.
    pub json_schema: Option<Payload>,
    pub stream: bool,
    /// From request to last word.
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatRole {
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatReply {
    pub text: String,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// Why the answer ended, in the provider's word, such as `stop` or `length`.
    pub finish_reason: String,
    pub usage: Usage,
}
