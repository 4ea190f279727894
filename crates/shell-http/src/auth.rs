//! The door: who may call at all. With a key, callers present it as a bearer token, as `x-api-key` or as a session cookie;
//! without one the server listens on loopback only, and answers only to loopback names and its own pages.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::{Caller, Code, Failure};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::failure::HttpFailure;
use crate::router::Shell;

/// Shorter keys can be guessed.
pub const MIN_KEY_CHARS: usize = 16;
/// Keys from examples, which anybody could try.
const PLACEHOLDERS: &[&str] = &["your-secret-key", "demo-key", "changeme", "change-me", "secret", "password"];
const SESSION_COOKIE: &str = "ai_studio_session";
const SESSION_LIFE: Duration = Duration::from_secs(12 * 3_600);
/// The oldest session makes room for a new one.
const MAX_SESSIONS: usize = 1_000;
/// Sent by our own pages; a form of another site cannot.
const OWN_PAGE_HEADER: &str = "x-requested-with";

pub struct Door {
    key: Option<String>,
    /// Where pages come from when a proxy stands in front, as browsers name it: `https://studio.example.org`.
    public_origin: Option<String>,
    /// Session ids, oldest first. They live as long as the process.
    sessions: Mutex<Vec<(String, Instant)>>,
}

impl Door {
    /// Refuses keys that protect nothing, and listening beyond loopback without a key.
    pub fn new(key: Option<String>, listen: IpAddr) -> Result<Self, String> {
        if let Some(key) = &key {
            let lower = key.to_lowercase();
            let is_placeholder = PLACEHOLDERS.iter().any(|placeholder| lower.contains(placeholder));
            if is_placeholder || key.chars().count() < MIN_KEY_CHARS {
                return Err(format!(
                    "AI_STUDIO_AUTH_KEY is a placeholder or shorter than {MIN_KEY_CHARS} characters; \
                     make one with: openssl rand -hex 32"
                ));
            }
        } else if !listen.is_loopback() {
            return Err(format!(
                "listening on {listen} needs AI_STUDIO_AUTH_KEY; without one only loopback is possible"
            ));
        }
        Ok(Self { key, public_origin: None, sessions: Mutex::default() })
    }

    /// Lets in the pages of this address, too. A proxy that sends its own `Host` header hides where they come from.
    pub fn reached_at(self, public_url: Option<&str>) -> Result<Self, String> {
        Ok(Self { public_origin: public_url.map(origin_of).transpose()?, ..self })
    }

    fn accepts_key(&self, given: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.as_bytes().ct_eq(given.as_bytes()).into())
    }

    fn open_session(&self) -> String {
        let id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|(_, since)| since.elapsed() < SESSION_LIFE);
        if sessions.len() >= MAX_SESSIONS {
            sessions.remove(0);
        }
        sessions.push((id.clone(), Instant::now()));
        id
    }

    /// Whether a stream that came in by this session may go on. Without a key there are no sessions to end.
    pub fn holds(&self, session: &str) -> bool {
        self.key.is_none() || self.knows_session(session)
    }

    fn knows_session(&self, given: &str) -> bool {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.iter().filter(|(_, since)| since.elapsed() < SESSION_LIFE);
        known.fold(false, |found, (id, _)| found | bool::from(id.as_bytes().ct_eq(given.as_bytes())))
    }

    fn close_session(&self, given: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| id != given);
    }

    fn caller(&self, headers: &HeaderMap, method: &Method) -> Result<Caller, Failure> {
        if self.key.is_none() {
            return Ok(Caller::owner());
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if let Some(key) = bearer.or_else(|| text("x-api-key")) {
            return if self.accepts_key(key) { Ok(Caller::owner()) } else { Err(unauthorized("the key is wrong")) };
        }
        let Some(session) = session_cookie(headers) else {
            return Err(unauthorized("sign in, or send the key as `Authorization: Bearer …`"));
        };
        if !self.knows_session(session) {
            return Err(unauthorized("the session has ended; sign in again"));
        }
        if !method.is_safe() && !headers.contains_key(OWN_PAGE_HEADER) {
            return Err(Failure::new(
                Code::Forbidden,
                format!("a signed-in page sends the header `{OWN_PAGE_HEADER}`"),
            ));
        }
        Ok(Caller::owner())
    }
}

/// `https://host` or `https://host:port` in the form that browsers send.
fn origin_of(url: &str) -> Result<String, String> {
    let place = url.parse::<Uri>().ok().filter(|uri| uri.path() == "/" && uri.query().is_none());
    let named = place.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?)));
    let usual_port = match named {
        Some(("https", _)) => ":443",
        Some(("http", _)) => ":80",
        Some(_) | None => {
            return Err(format!(
                "`server.public_url` is `{url}`; expected an address such as `https://studio.example.org`"
            ));
        }
    };
    let (scheme, authority) = named.expect("it was matched");
    let authority = authority.as_str().to_lowercase();
    Ok(format!("{scheme}://{}", authority.strip_suffix(usual_port).unwrap_or(&authority)))
}

fn unauthorized(message: &str) -> Failure {
    Failure::new(Code::Unauthorized, message)
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == SESSION_COOKIE).then_some(value))
}

/// The session by which a caller came in; none for one who presents a key.
pub fn session_of(headers: &HeaderMap) -> Option<String> {
    let has_key = headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-api-key");
    session_cookie(headers).filter(|_| !has_key).map(str::to_owned)
}

/// Lets a known caller through, as an extension of the request.
pub async fn guard(State(shell): State<Shell>, mut request: Request, next: Next) -> Response {
    if let Err(failure) = check_origin(&shell.door, request.headers()) {
        return HttpFailure(failure).into_response();
    }
    match shell.door.caller(request.headers(), request.method()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(failure) => HttpFailure(failure).into_response(),
    }
}

/// Only the origin is checked: for the way in.
pub async fn same_origin(State(shell): State<Shell>, request: Request, next: Next) -> Response {
    match check_origin(&shell.door, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) => HttpFailure(failure).into_response(),
    }
}

/// A browser names the page that asks. Another site's page is refused; and so is, without a key, any host name that is
/// not loopback, which is how a rebound name would look.
fn check_origin(door: &Door, headers: &HeaderMap) -> Result<(), Failure> {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if door.key.is_none() && !is_loopback_host(host) {
        return Err(Failure::new(
            Code::Forbidden,
            format!("`{host}` is not a loopback name, and the server has no key"),
        ));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let place = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    if place == Some(host) || door.public_origin.as_deref() == Some(origin) {
        return Ok(());
    }
    let message =
        format!("pages of `{origin}` may not call this server; behind a proxy `server.public_url` names them");
    Err(Failure::new(Code::Forbidden, message))
}

fn is_loopback_host(host: &str) -> bool {
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.chars().all(|digit| digit.is_ascii_digit()) { name } else { host });
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    key: String,
}

pub async fn sign_in(State(shell): State<Shell>, Json(SignIn { key }): Json<SignIn>) -> Response {
    if !shell.door.accepts_key(&key) {
        return HttpFailure(unauthorized("the key is wrong")).into_response();
    }
    let cookie = format!(
        "{SESSION_COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}",
        shell.door.open_session(),
        SESSION_LIFE.as_secs()
    );
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

pub async fn sign_out(State(shell): State<Shell>, headers: HeaderMap) -> Response {
    if let Some(session) = session_cookie(&headers) {
        shell.door.close_session(session);
    }
    let cookie = format!("{SESSION_COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn door() -> Door {
        Door::new(Some(KEY.to_owned()), IpAddr::from([0, 0, 0, 0])).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn keys_that_protect_nothing_are_refused_at_start() {
        let any = IpAddr::from([0, 0, 0, 0]);
        for key in ["", "your-secret-key", "demo-key", "changeme", "12345678", "my-changeme-key-0123456789"] {
            assert!(Door::new(Some(key.to_owned()), any).is_err(), "{key}");
        }
        assert!(Door::new(None, any).is_err());
        assert!(Door::new(None, IpAddr::from([127, 0, 0, 1])).is_ok());
    }

    #[test]
    fn the_key_opens_in_either_header_and_nothing_else_does() {
        let door = door();
        let code = |pairs: &[(&'static str, &str)]| door.caller(&headers(pairs), &Method::POST).err().map(|f| f.code);
        assert_eq!(code(&[("authorization", &format!("Bearer {KEY}"))]), None);
        assert_eq!(code(&[("x-api-key", KEY)]), None);
        assert_eq!(code(&[("authorization", KEY)]), Some(Code::Unauthorized));
        assert_eq!(code(&[("x-api-key", "wrong")]), Some(Code::Unauthorized));
        assert_eq!(code(&[]), Some(Code::Unauthorized));
    }

    #[test]
    fn a_session_opens_for_our_own_pages_until_it_is_closed() {
        let door = door();
        let session = door.open_session();
        let cookie = format!("other=1; {SESSION_COOKIE}={session}");
        let code = |method: &Method, pairs: &[(&'static str, &str)]| {
            door.caller(&headers(pairs), method).err().map(|f| f.code)
        };
        assert_eq!(code(&Method::GET, &[("cookie", &cookie)]), None);
        assert_eq!(code(&Method::POST, &[("cookie", &cookie)]), Some(Code::Forbidden));
        assert_eq!(code(&Method::POST, &[("cookie", &cookie), (OWN_PAGE_HEADER, "ai-studio")]), None);
        assert!(door.holds(&session));
        door.close_session(&session);
        assert!(!door.holds(&session));
        assert_eq!(code(&Method::GET, &[("cookie", &cookie)]), Some(Code::Unauthorized));
    }

    #[test]
    fn other_sites_and_rebound_names_are_refused() {
        let open = Door::new(None, IpAddr::from([127, 0, 0, 1])).unwrap();
        let code =
            |door: &Door, pairs: &[(&'static str, &str)]| check_origin(door, &headers(pairs)).err().map(|f| f.code);
        assert_eq!(code(&open, &[("host", "localhost:8080")]), None);
        assert_eq!(code(&open, &[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")]), None);
        assert_eq!(code(&open, &[("host", "evil.example:8080")]), Some(Code::Forbidden));
        assert_eq!(
            code(&open, &[("host", "localhost:8080"), ("origin", "http://evil.example")]),
            Some(Code::Forbidden)
        );
        assert_eq!(code(&open, &[("host", "localhost:8080"), ("origin", "null")]), Some(Code::Forbidden));
        let closed = door();
        assert_eq!(code(&closed, &[("host", "studio.example"), ("origin", "https://studio.example")]), None);
        let suffixed = [("host", "studio.example"), ("origin", "https://studio.example.evil")];
        assert_eq!(code(&closed, &suffixed), Some(Code::Forbidden));
    }

    #[test]
    fn behind_a_proxy_the_public_address_is_ours() {
        let code = |public_url: &str, origin: &str| {
            let door = door().reached_at(Some(public_url)).unwrap();
            check_origin(&door, &headers(&[("host", "127.0.0.1:8080"), ("origin", origin)])).err().map(|f| f.code)
        };
        for public_url in ["https://studio.example", "https://Studio.example/", "https://studio.example:443"] {
            assert_eq!(code(public_url, "https://studio.example"), None, "{public_url}");
            for other in ["http://studio.example", "https://studio.example:8443", "https://evil.example", "null"] {
                assert_eq!(code(public_url, other), Some(Code::Forbidden), "{public_url} {other}");
            }
        }
        for unusable in ["", "studio.example", "https://studio.example/path", "ftp://studio.example", "https://"] {
            assert!(door().reached_at(Some(unusable)).is_err(), "{unusable}");
        }
    }
}
