//! Reads the answer: JSON or text by its type, or a failure by its status.
//! Reaches nothing.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use engine::Ports;
use jiff::fmt::rfc2822;
use protocol::{Payload, PortName};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde_json::json;

use super::ResponseFormat;
use crate::NodeFailure;
use crate::node::payload;
use crate::outside::HttpResponse;

/// Of a refusing answer, this much of the body goes into the failure: enough for the server's own words.
const MAX_EXCERPT_CHARACTERS: usize = 1_000;

pub(super) fn outputs(response: &HttpResponse, format: ResponseFormat) -> Result<Ports, NodeFailure> {
    let is_json = match format {
        ResponseFormat::Json => true,
        ResponseFormat::Text => false,
        ResponseFormat::Auto => is_json(&media_type(&response.headers)),
    };
    let body = if response.body.is_empty() && is_json {
        Payload::null()
    } else {
        let text = text(response)?;
        if is_json { read_json(text)? } else { Payload::from(text.as_str()) }
    };
    let headers = payload(&headers(&response.headers))?;
    let values = [("body", body), ("status", Payload::from(json!(response.status))), ("headers", headers)];
    Ok(values.into_iter().map(|(port, value)| (PortName::from(port), value)).collect())
}

/// The failure that a status of 400 or more stands for.
pub(super) fn refusal(response: &HttpResponse, now_ms: i64) -> NodeFailure {
    let status = response.status;
    let lossy = String::from_utf8_lossy(&response.body);
    let excerpt: String = lossy.chars().take(MAX_EXCERPT_CHARACTERS).collect();
    let mut details = json!({ "status": status, "body": excerpt });
    if let Some(pause_ms) = retry_after_ms(&response.headers, now_ms) {
        details["retry_after_ms"] = json!(pause_ms);
    }
    NodeFailure {
        transient: matches!(status, 408 | 425 | 429 | 500..),
        details: Some(details.into()),
        ..NodeFailure::new("http_status", format!("the server answered with status {status}"))
    }
}

/// Seconds from now, or a date.
fn retry_after_ms(headers: &HeaderMap, now_ms: i64) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1000);
    }
    let moment = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some((moment.as_millisecond() - now_ms).max(0))
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.to_ascii_lowercase()
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

fn charset(media_type: &str) -> Option<&str> {
    let parameters = media_type.split(';').skip(1);
    parameters
        .map(str::trim)
        .find_map(|parameter| parameter.strip_prefix("charset="))
        .map(|name| name.trim_matches('"'))
}

/// By the character set that the server names; else UTF-8.
fn text(response: &HttpResponse) -> Result<String, NodeFailure> {
    let media_type = media_type(&response.headers);
    let named = charset(&media_type).and_then(|name| Encoding::for_label(name.as_bytes()));
    let (text, _, broken) = named.unwrap_or(encoding_rs::UTF_8).decode(&response.body);
    if broken {
        let message = format!("the answer is not text (its type is `{media_type}`), and only text and JSON are read");
        return Err(NodeFailure::new("not_text", message));
    }
    Ok(text.into_owned())
}

fn read_json(text: String) -> Result<Payload, NodeFailure> {
    // Payloads hold no space around the value.
    Payload::from_json(text.trim().to_owned())
        .map_err(|error| NodeFailure::new("invalid_json", format!("the answer is not JSON: {error}")))
}

/// Names are in lower case; values of the same name are joined by a comma, as HTTP says.
fn headers(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let mut joined = BTreeMap::<&str, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str())
            .and_modify(|earlier| {
                earlier.push_str(", ");
                earlier.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}
