//! One generic route per row of the command table, `POST /api/rpc/{name}`, and what is not a command.
//! No command is named: a new row has its routes at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::Studio;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawPathParams, RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, any, get, on, post};
use axum::{Extension, Router};
use protocol::table::{Row, Verb, catalogue};
use protocol::{Caller, Code, Failure};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::assets::{self, Assets};
use crate::auth::{self, Door};
use crate::events;
use crate::failure::{self, HttpFailure};
use crate::openapi;
use crate::params::ParamKinds;

/// Room for a large workflow or input, and too little to fill the memory with a few requests.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone)]
pub struct Shell {
    pub studio: Studio,
    pub door: Arc<Door>,
    pub assets: Arc<Assets>,
    /// Fires when the server ends: open streams close then.
    pub ending: CancellationToken,
}

pub fn router(shell: Shell) -> Router {
    let mut by_path: BTreeMap<&'static str, MethodRouter<Shell>> = BTreeMap::new();
    for row in catalogue() {
        let methods = by_path.remove(row.path).unwrap_or_default();
        by_path.insert(row.path, methods.merge(route(row)));
    }
    let mut api = Router::new();
    for (path, methods) in by_path {
        api = api.route(path, methods);
    }
    let api = api
        .route("/api/rpc/{name}", post(rpc))
        .route("/api/events", get(events::stream))
        .route("/api/openapi.json", get(openapi::document))
        .route_layer(from_fn_with_state(shell.clone(), auth::guard));
    let session = Router::new()
        .route("/api/session", post(auth::sign_in).delete(auth::sign_out))
        .route_layer(from_fn_with_state(shell.clone(), auth::same_origin));
    Router::new()
        .merge(api)
        .merge(session)
        .route("/api/{*rest}", any(unknown_route))
        .layer(map_response(failure::in_our_shape))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .fallback(get(assets::serve).layer(CompressionLayer::new()))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(fixed_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed_header(header::REFERRER_POLICY, "no-referrer"))
        .with_state(shell)
}

fn fixed_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn route(row: &'static Row) -> MethodRouter<Shell> {
    let method = match row.verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Put => MethodFilter::PUT,
        Verb::Delete => MethodFilter::DELETE,
    };
    let kinds = Arc::new(ParamKinds::of(row));
    on(
        method,
        async move |State(shell): State<Shell>,
                    Extension(caller): Extension<Caller>,
                    path: RawPathParams,
                    RawQuery(query): RawQuery,
                    body: Bytes| {
            let params = collect(&kinds, &path, query.as_deref(), &body)?;
            shell.studio.call_json(&caller, row.name, &params).await.map(json).map_err(HttpFailure)
        },
    )
}

fn collect(kinds: &ParamKinds, path: &RawPathParams, query: Option<&str>, body: &Bytes) -> Result<String, HttpFailure> {
    let mut pairs: Vec<(String, String)> =
        path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    pairs.extend(query_pairs(query.unwrap_or_default())?);
    Ok(kinds.merge(&pairs, text(body)?)?)
}

fn query_pairs(query: &str) -> Result<Vec<(String, String)>, Failure> {
    serde_urlencoded::from_str(query)
        .map_err(|error| Failure::new(Code::InvalidRequest, format!("the query cannot be read: {error}")))
}

fn text(body: &Bytes) -> Result<&str, Failure> {
    std::str::from_utf8(body).map_err(|_| Failure::new(Code::InvalidRequest, "the body is not UTF-8 text"))
}

async fn rpc(
    State(shell): State<Shell>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, HttpFailure> {
    Ok(shell.studio.call_json(&caller, &name, text(&body)?).await.map(json)?)
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

async fn unknown_route() -> HttpFailure {
    HttpFailure(Failure::new(Code::NotFound, "there is no such route; `/api/openapi.json` lists them"))
}

async fn ready(State(shell): State<Shell>) -> Response {
    if shell.studio.is_ready().await {
        (StatusCode::OK, "ready").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response()
    }
}
