//! `/api/events`: the event stream as a WebSocket, one JSON frame a message.
//! The query is an `EventFilter`.

use std::time::Duration;

use actors::Subscription;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::EventFilter;

use crate::auth;
use crate::router::Shell;

/// Keeps proxies from closing a quiet connection, and finds out about dead peers and ended sessions.
const PING_EVERY: Duration = Duration::from_secs(15);
/// Subscribers only listen; whatever they send is small.
const MAX_INCOMING_BYTES: usize = 4 * 1024;

pub async fn stream(
    State(shell): State<Shell>,
    Query(filter): Query<EventFilter>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let subscription = shell.studio.subscribe(filter);
    let session = auth::session_of(&headers);
    let upgrade = upgrade.max_message_size(MAX_INCOMING_BYTES);
    upgrade.on_upgrade(move |socket| forward(socket, subscription, shell, session))
}

/// Ends with the subscriber, the server, or the session by which the subscriber came in.
async fn forward(mut socket: WebSocket, mut subscription: Subscription, shell: Shell, session: Option<String>) {
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        let message = tokio::select! {
            frame = subscription.next() => match frame {
                Some(frame) => Message::Text(Utf8Bytes::from(&*frame)),
                None => break,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
            _ = ping.tick() => match &session {
                Some(session) if !shell.door.holds(session) => break,
                Some(_) | None => Message::Ping(axum::body::Bytes::new()),
            },
            () = shell.ending.cancelled() => break,
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
    // The peer may be gone already.
    drop(socket.send(Message::Close(None)).await);
}
