use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{HttpClient, HttpError, HttpOptions, HttpRequest};

fn loopback_allowed() -> HttpOptions {
    HttpOptions { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..HttpOptions::default() }
}

fn get(url: &str) -> HttpRequest {
    HttpRequest { method: Method::GET, url: Url::parse(url).unwrap(), headers: HeaderMap::new(), body: None }
}

async fn redirecting(from: &MockServer, status: u16, location: &str) {
    let answer = ResponseTemplate::new(status).insert_header("location", location);
    Mock::given(path("/from")).respond_with(answer).mount(from).await;
}

async fn answering(server: &MockServer, at: &str, body: &str) {
    Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(server).await;
}

async fn last_request(server: &MockServer) -> Request {
    server.received_requests().await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_host_that_is_an_address_is_checked_in_every_notation() {
    let client = HttpClient::new(&HttpOptions::default()).unwrap();
    let urls = [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0/",
        "http://1①②⑦.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://10.0.0.1/",
        "http://a#@127.0.0.1/",
        "http:\\\\127.0.0.1/",
        "http://12\t7.0.0.1/",
        "https://192.168.0.1:8443/",
    ];
    for url in urls {
        // What the parser itself refuses never gets here.
        let Ok(parsed) = Url::parse(url) else { continue };
        if parsed.host_str() == Some("a") {
            continue;
        }
        let outcome = client.send(HttpRequest { url: parsed, ..get("http://x/") }).await;
        assert!(matches!(outcome, Err(HttpError::AddressRefused { .. })), "{url}: {outcome:?}");
    }
}

#[tokio::test]
async fn names_that_lead_inside_are_refused() {
    let client = HttpClient::new(&HttpOptions::default()).unwrap();
    // Some resolvers do not know the name with a dot at its end at all.
    assert!(client.send(get("http://localhost./")).await.is_err());
    for url in ["http://localhost/", "http://LOCALHOST:1/"] {
        let outcome = client.send(get(url)).await;
        assert!(matches!(outcome, Err(HttpError::AddressRefused { .. })), "{url}: {outcome:?}");
    }
}

#[tokio::test]
async fn only_http_without_credentials_in_the_url() {
    let client = HttpClient::new(&loopback_allowed()).unwrap();
    for url in [
        "file:///etc/hostname",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "http://u:secret@127.0.0.1/",
        "http://u@127.0.0.1/",
    ] {
        let Err(HttpError::InvalidUrl { message }) = client.send(get(url)).await else { panic!("{url} passed") };
        assert!(!message.contains("secret"), "{message}");
    }
}

/// The name is public when it is looked up first and private afterwards: the second answer is checked as well, and
/// what was checked is what is connected to.
#[tokio::test]
async fn a_name_that_changes_its_address_stays_outside() {
    let server = MockServer::start().await;
    answering(&server, "/", "inside").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let inside: SocketAddr = ([127, 0, 0, 1], 0).into();
    let rebinding = move |_| {
        // A benchmarking address stands for a public one: nothing answers there.
        let first = counter.fetch_add(1, Ordering::SeqCst) == 0;
        let found = if first { vec![([198, 18, 0, 1], 0).into()] } else { vec![inside] };
        async move { Ok(found) }
    };
    let options = HttpOptions {
        allowed_networks: vec!["198.18.0.0/15".parse().unwrap()],
        connect_timeout: std::time::Duration::from_millis(50),
        ..HttpOptions::default()
    };
    let client = HttpClient::with_lookup(&options, rebinding).unwrap();
    let url = format!("http://rebinding.example:{}/", server.address().port());
    let first = client.send(get(&url)).await;
    assert!(matches!(first, Err(HttpError::TimedOut { .. } | HttpError::Unreachable { .. })), "{first:?}");
    let second = client.send(get(&url)).await;
    assert!(matches!(second, Err(HttpError::AddressRefused { .. })), "{second:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_checked() {
    let server = MockServer::start().await;
    let client = HttpClient::new(&loopback_allowed()).unwrap();
    for (status, location) in [
        (301, "http://169.254.169.254/"),
        (302, "http://10.0.0.1/"),
        (303, "http://[::1]/"),
        (307, "//192.168.0.1/"),
        (308, "http://0xa9fea9fe/"),
    ] {
        server.reset().await;
        redirecting(&server, status, location).await;
        let outcome = client.send(get(&format!("{}/from", server.uri()))).await;
        assert!(matches!(outcome, Err(HttpError::AddressRefused { .. })), "{status} {location}: {outcome:?}");
    }
    for location in ["file:///etc/hostname", "http://user:pass@127.0.0.1/", "http://"] {
        server.reset().await;
        redirecting(&server, 302, location).await;
        let outcome = client.send(get(&format!("{}/from", server.uri()))).await;
        assert!(matches!(outcome, Err(HttpError::InvalidUrl { .. })), "{location}: {outcome:?}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let server = MockServer::start().await;
    redirecting(&server, 302, "/from").await;
    let client = HttpClient::new(&loopback_allowed()).unwrap();
    let outcome = client.send(get(&format!("{}/from?key=secret", server.uri()))).await;
    assert_eq!(outcome.unwrap_err(), HttpError::TooManyRedirects { place: format!("{}/from", server.uri()) });
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let (home, away) = (MockServer::start().await, MockServer::start().await);
    answering(&home, "/to", "home").await;
    answering(&away, "/to", "away").await;
    let client = HttpClient::new(&loopback_allowed()).unwrap();
    let mut request = get(&format!("{}/from", home.uri()));
    for (name, value) in
        [("authorization", "Bearer t"), ("x-api-key", "k"), ("cookie", "c=1"), ("accept", "text/plain")]
    {
        request.headers.insert(name, HeaderValue::from_static(value));
    }
    redirecting(&home, 307, "/to").await;
    assert_eq!(client.send(request.clone()).await.unwrap().body, b"home");
    let same = last_request(&home).await.headers;
    assert_eq!((&same["authorization"], &same["x-api-key"]), (&"Bearer t".parse().unwrap(), &"k".parse().unwrap()));

    home.reset().await;
    redirecting(&home, 307, &format!("{}/to", away.uri())).await;
    assert_eq!(client.send(request).await.unwrap().body, b"away");
    let other = last_request(&away).await.headers;
    assert_eq!(other["accept"], "text/plain");
    for name in ["authorization", "x-api-key", "cookie", "referer"] {
        assert!(!other.contains_key(name), "{name} went to another origin");
    }
}

#[tokio::test]
async fn a_redirect_keeps_or_drops_the_body_as_its_status_says() {
    let server = MockServer::start().await;
    let client = HttpClient::new(&loopback_allowed()).unwrap();
    let cases = [(301, "GET", ""), (302, "GET", ""), (303, "GET", ""), (307, "POST", "body"), (308, "POST", "body")];
    for (status, verb, body) in cases {
        server.reset().await;
        redirecting(&server, status, "/to").await;
        answering(&server, "/to", "done").await;
        let mut request = get(&format!("{}/from", server.uri()));
        request.method = Method::POST;
        request.body = Some(b"body".to_vec());
        client.send(request).await.unwrap();
        let followed = last_request(&server).await;
        assert_eq!((followed.method.as_str(), followed.body.as_slice()), (verb, body.as_bytes()), "{status}");
    }
}

#[tokio::test]
async fn reading_stops_at_the_limit() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![0; 101]))
        .mount(&server)
        .await;
    let client = HttpClient::new(&HttpOptions { max_response_bytes: 100, ..loopback_allowed() }).unwrap();
    let outcome = client.send(get(&format!("{}/x?key=secret", server.uri()))).await;
    assert_eq!(outcome.unwrap_err(), HttpError::TooLarge { place: format!("{}/x", server.uri()), limit: 100 });
}

/// Without a length, as a stream that never ends.
#[tokio::test]
async fn a_stream_without_end_is_left_at_the_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1024];
        assert!(stream.read(&mut asked).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        while stream.write_all(b"400\r\n").await.is_ok() && stream.write_all(&[b'x'; 1024]).await.is_ok() {
            if stream.write_all(b"\r\n").await.is_err() {
                break;
            }
        }
    });
    let client = HttpClient::new(&HttpOptions { max_response_bytes: 10_000, ..loopback_allowed() }).unwrap();
    let outcome = client.send(get(&format!("http://{address}/"))).await;
    assert!(matches!(outcome, Err(HttpError::TooLarge { .. })), "{outcome:?}");
    // The connection was given up, so the server's writing failed.
    serving.await.unwrap();
}

#[tokio::test]
async fn what_does_not_answer_is_told_without_its_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = HttpOptions { idle_timeout: std::time::Duration::from_millis(50), ..loopback_allowed() };
    let client = HttpClient::new(&options).unwrap();
    let silent = client.send(get(&format!("http://{address}/x?key=secret"))).await.unwrap_err();
    assert!(
        matches!(&silent, HttpError::TimedOut { place, .. } if *place == format!("http://{address}/x")),
        "{silent:?}"
    );
    drop(listener);
    let gone = client.send(get(&format!("http://{address}/x?key=secret"))).await.unwrap_err();
    assert!(matches!(&gone, HttpError::Unreachable { .. }), "{gone:?}");
    assert!(!silent.to_string().contains("secret") && !gone.to_string().contains("secret"), "{silent} {gone}");
}
