//! The window's three commands: `call` by wire name, `subscribe` to the event stream, `unsubscribe`.
//! The same JSON as over HTTP; whoever sits at this machine is the owner. What the page sends is checked like any request.

#![expect(clippy::let_underscore_must_use, reason = "the command macro drops a result of its own that way")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actors::{Studio, Subscription};
use protocol::{Caller, Code, EventFilter, Failure};
use serde_json::Value;
use tauri::async_runtime::{JoinHandle, spawn};
use tauri::ipc::{Channel, InvokeResponseBody, Response};
use tauri::{State, WebviewWindow};
use tokio::sync::mpsc;

/// More than a page of ours opens; a page that leaks them is told.
const MAX_SUBSCRIPTIONS: usize = 64;
/// Frames that may be on their way to the page; after these the page has to catch up, and the subscription waits.
const MAX_FRAMES_UNDER_WAY: u32 = 256;

/// The streams of the page that is shown, by the number that the page knows them by.
#[derive(Default)]
pub struct Subscriptions {
    open: Mutex<HashMap<u32, JoinHandle<()>>>,
    last: AtomicU32,
}

impl Subscriptions {
    /// Forgets everything: the page that listened is gone.
    pub fn end_all(&self) {
        self.open().drain().for_each(|(_, stream)| stream.abort());
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u32, JoinHandle<()>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries out a command. `params` is the text of a JSON object, so that the order of its keys survives.
#[tauri::command]
pub async fn call(studio: State<'_, Studio>, name: String, params: String) -> Result<Response, Failure> {
    studio.call_json(&Caller::owner(), &name, &params).await.map(Response::new)
}

/// Sends frames to `channel` until told to end; `null` says that the stream broke and may be opened again.
#[tauri::command]
pub fn subscribe(
    window: WebviewWindow,
    studio: State<'_, Studio>,
    subscriptions: State<'_, Subscriptions>,
    filter: Value,
    channel: Channel<InvokeResponseBody>,
) -> Result<u32, Failure> {
    let filter: EventFilter = serde_json::from_value(filter)
        .map_err(|error| Failure::new(Code::InvalidRequest, format!("the filter cannot be read: {error}")))?;
    let mut open = subscriptions.open();
    open.retain(|_, stream| !stream.inner().is_finished());
    if open.len() >= MAX_SUBSCRIPTIONS {
        let message = format!("{MAX_SUBSCRIPTIONS} subscriptions are open, which is the limit");
        return Err(Failure::new(Code::Busy, message));
    }
    let number = subscriptions.last.fetch_add(1, Ordering::Relaxed) + 1;
    open.insert(number, spawn(forward(window, studio.subscribe(filter), channel)));
    Ok(number)
}

/// Ends a stream; one that has ended already is no failure.
#[tauri::command]
pub fn unsubscribe(subscriptions: State<'_, Subscriptions>, subscription: u32) {
    if let Some(stream) = subscriptions.open().remove(&subscription) {
        stream.abort();
    }
}

async fn forward(window: WebviewWindow, mut subscription: Subscription, channel: Channel<InvokeResponseBody>) {
    let mut under_way = 0;
    while let Some(frame) = subscription.next().await {
        if channel.send(InvokeResponseBody::Json(frame.to_string())).is_err() {
            return;
        }
        under_way += 1;
        if under_way == MAX_FRAMES_UNDER_WAY {
            if !has_caught_up(&window).await {
                return;
            }
            under_way = 0;
        }
    }
    // A page that is gone needs no word.
    drop(channel.send(InvokeResponseBody::Json("null".to_owned())));
}

/// Resolves when the page has run all that was sent to it; false when there is no page any more.
async fn has_caught_up(window: &WebviewWindow) -> bool {
    let (sender, mut answer) = mpsc::channel(1);
    let asked = window.eval_with_callback("0", move |_| {
        // A full channel holds the answer already.
        sender.try_send(()).unwrap_or_default();
    });
    asked.is_ok() && answer.recv().await.is_some()
}
