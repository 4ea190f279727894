//! One HTTP request and its answer. Where it may go is decided by the shared client, not here.
//! Repetitions carry the same `Idempotency-Key`, so that a receiver that knows it acts once.

mod answer;
mod request;

use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::{gives, takes};
use crate::outside::{HttpError, by_size};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpRequestConfig {
    /// What the request asks the server to do.
    pub method: HttpMethod,
    /// Address with `http://` or `https://`, such as `https://example.org/items/{{ input.id }}`.
    pub url: Template,
    /// Headers of the request. Credentials belong here; they are left out when a redirect leads to another server.
    #[schemars(length(max = 64))]
    pub headers: Vec<HttpHeader>,
    /// What is sent along.
    pub body: RequestBody,
    /// How the answer's body is read.
    pub response: ResponseFormat,
    /// Whether an answer with a status of 400 or more fails the step. Of these 408, 425, 429 and all from 500 on count
    /// as passing troubles that another attempt may not meet.
    pub fail_on_status: bool,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpMethod {
    /// Fetch something.
    #[default]
    Get,
    /// Fetch the headers only.
    Head,
    /// Hand something in.
    Post,
    /// Create or replace something.
    Put,
    /// Change a part of something.
    Patch,
    /// Remove something.
    Delete,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpHeader {
    /// Name of the header, such as `Accept`.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its value.
    pub value: Template,
}

/// What a request sends along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RequestBody {
    /// Nothing.
    #[default]
    #[schemars(title = "None")]
    None,
    /// JSON.
    #[schemars(title = "JSON")]
    Json {
        /// The JSON text. Values are filled in by `{{ input.name | tojson }}`, which adds quotes where they are due.
        template: Template,
    },
    /// Any text.
    #[schemars(title = "Text")]
    Text {
        /// The text.
        template: Template,
        /// Its type, such as `text/plain` or `application/xml`.
        #[serde(default = "plain_text")]
        content_type: String,
    },
    /// Fields, as a form on a web page sends them.
    #[schemars(title = "Form")]
    Form {
        /// The fields, in this order.
        fields: Vec<FormField>,
    },
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Name of the field.
    pub name: String,
    /// Its value.
    pub value: Template,
}

/// How an answer's body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// JSON when the server says that it is JSON, else text.
    #[default]
    Auto,
    /// JSON, whatever the server says.
    Json,
    /// Text.
    Text,
}

fn plain_text() -> String {
    "text/plain; charset=utf-8".to_owned()
}

impl Default for HttpRequestConfig {
    fn default() -> Self {
        Self {
            method: HttpMethod::Get,
            url: Template::parse("https://example.org/").expect("it is a template"),
            headers: Vec::new(),
            body: RequestBody::None,
            response: ResponseFormat::Auto,
            fail_on_status: true,
        }
    }
}

pub struct HttpRequest;

impl Node for HttpRequest {
    const KIND: &'static str = "http_request";
    type Config = HttpRequestConfig;

    fn face() -> Face {
        Face {
            label: "HTTP request".to_owned(),
            description: "Sends a request to a web server and hands its answer on.".to_owned(),
            group: Group::Network,
            icon: "globe".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("body", "Body", PortType::Any),
                gives("status", "Status", PortType::Number),
                gives("headers", "Headers", PortType::Json),
            ],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Network],
        }
    }

    fn check(config: &HttpRequestConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        if config.url.is_empty() {
            problems.push(("/url".to_owned(), "the address is missing".to_owned()));
        }
        for (place, header) in config.headers.iter().enumerate() {
            if let Err(problem) = request::header_name(&header.name) {
                problems.push((format!("/headers/{place}/name"), problem));
            }
        }
        problems
    }

    async fn run(config: &HttpRequestConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let request = request::build(config, context).await?;
        let response = context.outside.http.send(request).await.map_err(failure_of)?;
        if config.fail_on_status && response.status >= 400 {
            return Err(answer::refusal(&response, context.now_ms));
        }
        let format = config.response;
        let bytes = response.body.len();
        Ok(by_size("read the answer", bytes, move || answer::outputs(&response, format)).await?.into())
    }
}

fn failure_of(error: HttpError) -> NodeFailure {
    let message = error.to_string();
    match error {
        HttpError::InvalidUrl { .. } => NodeFailure::new("invalid_url", message),
        HttpError::AddressRefused { .. } => NodeFailure::new("address_refused", message),
        HttpError::TooManyRedirects { .. } => NodeFailure::new("too_many_redirects", message),
        HttpError::TooLarge { .. } => NodeFailure::new("too_large", message),
        HttpError::TimedOut { .. } => NodeFailure::new("timeout", message).transient(),
        HttpError::Unreachable { .. } => NodeFailure::new("unreachable", message).transient(),
        HttpError::SetUp { .. } => NodeFailure::new("internal", message),
    }
}

#[cfg(test)]
mod tests;
