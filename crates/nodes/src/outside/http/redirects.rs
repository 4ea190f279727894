//! What a redirect answer makes of a request. Author's headers stay at home when the origin changes, since any of
//! them may be a credential.

use reqwest::Method;
use reqwest::header::{self, HeaderName};
use url::Url;

use super::{HttpError, HttpRequest, place};

/// Headers that say how to talk and nothing about who talks.
const HARMLESS: &[HeaderName] = &[header::ACCEPT, header::ACCEPT_LANGUAGE, header::CONTENT_TYPE, header::USER_AGENT];

/// Whether an answer with this status moves the request elsewhere.
pub(super) fn moves(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The request that follows. `location` may be relative.
pub(super) fn follow(mut request: HttpRequest, status: u16, location: &str) -> Result<HttpRequest, HttpError> {
    let target = request.url.join(location).map_err(|error| HttpError::InvalidUrl {
        message: format!("cannot follow the redirect of `{}`: {error}", place(&request.url)),
    })?;
    let becomes_get = match status {
        301 | 302 => request.method == Method::POST,
        303 => request.method != Method::HEAD,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = None;
        request.headers.remove(header::CONTENT_TYPE);
    }
    if !same_origin(&request.url, &target) {
        let kept = HARMLESS.iter().filter_map(|name| Some((name.clone(), request.headers.get(name)?.clone())));
        request.headers = kept.collect();
    }
    request.url = target;
    Ok(request)
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}
