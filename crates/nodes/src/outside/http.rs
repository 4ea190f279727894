//! The one client for outgoing HTTP. It resolves, checks and pins the address of every hop, follows redirects by
//! itself, and stops reading at a limit. It sends no credentials of its own and takes no proxy from the environment.

mod addresses;
mod redirects;

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, redirect};
use rustls::crypto::CryptoProvider;
use url::{Host, Url};

use addresses::{Addresses, CheckedResolver, Refused, system_lookup};

/// Enough for every honest chain; browsers stop at 20.
const MAX_REDIRECTS: usize = 5;

#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Networks that requests may reach although they are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Longest response body, in bytes.
    pub max_response_bytes: usize,
    pub connect_timeout: Duration,
    /// Longest silence of a server that is answering. The whole request is limited by the node's own time limit.
    pub idle_timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            allowed_networks: Vec::new(),
            max_response_bytes: 10 << 20,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
        }
    }
}

/// Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    addresses: Addresses,
    max_response_bytes: usize,
}

#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Texts name a URL without its query, which may hold a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("{message}")]
    InvalidUrl { message: String },
    /// Outside of what this server may reach.
    #[error("{message}")]
    AddressRefused { message: String },
    #[error("`{place}` redirected more than {MAX_REDIRECTS} times")]
    TooManyRedirects { place: String },
    #[error("the response of `{place}` is longer than {limit} bytes")]
    TooLarge { place: String, limit: usize },
    #[error("`{place}` did not answer in time: {message}")]
    TimedOut { place: String, message: String },
    #[error("cannot reach `{place}`: {message}")]
    Unreachable { place: String, message: String },
    #[error("cannot set up the http client: {message}")]
    SetUp { message: String },
}

impl HttpClient {
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        Self::with_lookup(options, system_lookup)
    }

    fn with_lookup<Lookup, Found>(options: &HttpOptions, lookup: Lookup) -> Result<Self, HttpError>
    where
        Lookup: Fn(String) -> Found + Send + Sync + 'static,
        Found: Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        if CryptoProvider::get_default().is_none() {
            // Fails when another thread was faster, which is as good.
            drop(rustls::crypto::ring::default_provider().install_default());
        }
        let addresses = Addresses::new(options.allowed_networks.clone());
        let resolver = CheckedResolver { addresses: addresses.clone(), lookup };
        let client = reqwest::Client::builder()
            .user_agent(concat!("ai-studio/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .referer(false)
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(resolver))
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.idle_timeout)
            .build()
            .map_err(|error| HttpError::SetUp { message: causes(&error) })?;
        Ok(Self { client, addresses, max_response_bytes: options.max_response_bytes })
    }

    /// Sends the request and follows redirects. A status of 400 or more is an answer like any other.
    pub async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        for _ in 0..=MAX_REDIRECTS {
            self.check(&request.url)?;
            let response = self.exchange(&request).await?;
            let status = response.status().as_u16();
            let location = response.headers().get(LOCATION).filter(|_| redirects::moves(status));
            match location.map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned()) {
                Some(location) => request = redirects::follow(request, status, &location)?,
                None => return self.read(&request.url, response).await,
            }
        }
        Err(HttpError::TooManyRedirects { place: place(&request.url) })
    }

    /// What the resolver does not see: the scheme, credentials, and hosts that are addresses already. The URL parser
    /// has turned decimal, octal, hexadecimal and full-width forms into plain addresses.
    fn check(&self, url: &Url) -> Result<(), HttpError> {
        if !matches!(url.scheme(), "http" | "https") {
            let message = format!("cannot request `{}`: only http and https are possible", place(url));
            return Err(HttpError::InvalidUrl { message });
        }
        if !url.username().is_empty() || url.password().is_some() {
            let message =
                format!("cannot request `{}`: credentials belong into a header, not into the URL", place(url));
            return Err(HttpError::InvalidUrl { message });
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(HttpError::InvalidUrl { message: format!("`{}` names no host", place(url)) }),
        };
        match self.addresses.refusal(address) {
            None => Ok(()),
            Some(kind) => {
                Err(HttpError::AddressRefused { message: Refused { host: address.to_string(), kind }.to_string() })
            }
        }
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<reqwest::Response, HttpError> {
        let mut outgoing =
            self.client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone());
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.clone());
        }
        outgoing.send().await.map_err(|error| error_of(&request.url, &error))
    }

    async fn read(&self, url: &Url, mut response: reqwest::Response) -> Result<HttpResponse, HttpError> {
        let limit = self.max_response_bytes;
        let too_large = || HttpError::TooLarge { place: place(url), limit };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error_of(url, &error))? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(HttpResponse { status: response.status().as_u16(), headers, body })
    }
}

/// Scheme, host, port and path: what may be told.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn error_of(url: &Url, error: &reqwest::Error) -> HttpError {
    let place = place(url);
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return HttpError::AddressRefused { message: refused.to_string() };
        }
        cause = inner.source();
    }
    let message = causes(error);
    if error.is_timeout() { HttpError::TimedOut { place, message } } else { HttpError::Unreachable { place, message } }
}

/// The innermost cause says what happened; reqwest's own text repeats the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut message = "the request failed".to_owned();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = inner.to_string();
        cause = inner.source();
    }
    message
}

#[cfg(test)]
mod tests;
