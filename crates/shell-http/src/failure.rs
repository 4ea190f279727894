//! Failures as HTTP answers: the one mapping from code to status.
//! Where a failure comes from does not matter here.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{Code, Failure};

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
        (status(self.0.code), [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
