//! Makes the request out of the config, with all templates filled in.
//! Reaches nothing.

use protocol::Payload;
use reqwest::Method;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{HttpMethod, HttpRequestConfig, RequestBody};
use crate::outside::HttpRequest;
use crate::{Context, NodeFailure};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Headers that say how the message is carried, and to whom: the client's own business.
const CARRIAGE: &[HeaderName] = &[
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

pub(super) async fn build(config: &HttpRequestConfig, context: &Context) -> Result<HttpRequest, NodeFailure> {
    let text = context.render(&config.url, "url").await?;
    let url = Url::parse(text.trim())
        .map_err(|error| NodeFailure::new("invalid_url", format!("cannot read the address of the request: {error}")))?;
    let method = match config.method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    };
    let mut headers = HeaderMap::new();
    let body = body(&config.body, &mut headers, context).await?;
    if !method.is_safe() {
        headers.insert(IDEMPOTENCY_KEY, header_value("Idempotency-Key", &context.key)?);
    }
    for given in &config.headers {
        let name = header_name(&given.name).map_err(|problem| NodeFailure::new("invalid_header", problem))?;
        let value = context.render(&given.value, &format!("headers.{}", given.name)).await?;
        headers.insert(name, header_value(&given.name, &value)?);
    }
    Ok(HttpRequest { method, url, headers, body })
}

/// A name that an author may set, or what is wrong with it.
pub(super) fn header_name(name: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) if CARRIAGE.contains(&name) => Err(format!("the header `{name}` is set by the client")),
        Ok(name) => Ok(name),
        Err(_) => Err(format!("`{name}` is not a name of a header")),
    }
}

/// The value stays out of the message: it may be a credential.
fn header_value(name: &str, value: &str) -> Result<HeaderValue, NodeFailure> {
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
        NodeFailure::new("invalid_header", format!("the value of the header `{name}` holds a control character"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

async fn body(body: &RequestBody, headers: &mut HeaderMap, context: &Context) -> Result<Option<Vec<u8>>, NodeFailure> {
    let (content_type, text) = match body {
        RequestBody::None => return Ok(None),
        RequestBody::Json { template } => {
            let text = context.render(template, "body.template").await?;
            let json = Payload::from_json(text.trim().to_owned()).map_err(|error| {
                NodeFailure::new("invalid_json", format!("the body of the request is not JSON: {error}"))
            })?;
            ("application/json".to_owned(), json.json().to_owned())
        }
        RequestBody::Text { template, content_type } => {
            (content_type.clone(), context.render(template, "body.template").await?)
        }
        RequestBody::Form { fields } => {
            let mut pairs = Vec::with_capacity(fields.len());
            for field in fields {
                let value = context.render(&field.value, &format!("body.fields.{}", field.name)).await?;
                pairs.push((field.name.as_str(), value));
            }
            let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
            ("application/x-www-form-urlencoded".to_owned(), form)
        }
    };
    headers.insert(header::CONTENT_TYPE, header_value("Content-Type", &content_type)?);
    Ok(Some(text.into_bytes()))
}
