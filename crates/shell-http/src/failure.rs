//! Failures as HTTP answers: the one mapping from code to status.
//! Where a failure comes from does not matter here.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Code, Failure};

use crate::router::MAX_BODY_BYTES;

/// The framework's own refusals are a line.
const MAX_REFUSAL_BYTES: usize = 8 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub struct HttpFailure(pub Failure);

impl From<Failure> for HttpFailure {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

pub fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidRequest => StatusCode::BAD_REQUEST,
        Code::InvalidWorkflow => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Busy => StatusCode::TOO_MANY_REQUESTS,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for HttpFailure {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self.0).expect("failures have no non-text keys");
        (status(self.0.code), [(header::CONTENT_TYPE, JSON)], body).into_response()
    }
}

/// What the framework refuses by itself (a method, a size, a type, a query) it refuses in plain text or without a word.
/// Here it gets the shape of every other failure, and keeps its status.
pub async fn in_our_shape(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.headers().get(header::CONTENT_TYPE) == Some(&JSON) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let failure = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            Failure::new(Code::InvalidRequest, "this route does not take that method; `/api/openapi.json` lists them")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Failure::new(Code::TooLarge, format!("the body has more than {MAX_BODY_BYTES} bytes"))
        }
        other => {
            let text =
                to_bytes(body, MAX_REFUSAL_BYTES).await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let reason = text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| other.to_string());
            let code = if other.is_server_error() { Code::Internal } else { Code::InvalidRequest };
            Failure::new(code, format!("the request cannot be taken: {reason}"))
        }
    };
    parts.headers.insert(header::CONTENT_TYPE, JSON);
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = serde_json::to_string(&failure).expect("failures have no non-text keys");
    Response::from_parts(parts, Body::from(body))
}
