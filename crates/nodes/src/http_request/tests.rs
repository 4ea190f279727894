use protocol::Payload;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::HttpRequest;
use crate::outside::{HttpClient, HttpOptions};
use crate::testing::{Attempt, outside, values};
use crate::{Done, NodeFailure, Outside};

fn loopback_allowed() -> Outside {
    let options = HttpOptions { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..HttpOptions::default() };
    Outside { http: HttpClient::new(&options).unwrap(), ..outside() }
}

async fn serving(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn run(config: Value, arrived: Value) -> Result<Value, NodeFailure> {
    let mut attempt = Attempt::of::<HttpRequest>(config).input("input", arrived).outside(loopback_allowed());
    attempt.context.now_ms = 1_445_412_420_000;
    match attempt.run().await? {
        Done::Outputs { outputs, .. } => Ok(json!(values(&outputs))),
        Done::Wait { .. } => panic!("a request never waits"),
    }
}

async fn sent(server: &MockServer) -> Request {
    server.received_requests().await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn sends_what_the_config_says() {
    let server = serving(ResponseTemplate::new(200)).await;
    let url = server.uri();
    let arrived = json!({ "id": 7, "name": "ä \"b\" & c" });
    let cases = [
        (
            json!({ "method": "get", "url": "{{ input.url }}/items/{{ input.id }}?q={{ input.name }}" }),
            ("GET", "/items/7?q=%C3%A4%20%22b%22%20&%20c", "", None),
        ),
        (
            json!({ "method": "post", "body": { "type": "json", "template": "{\"name\": {{ input.name | tojson }}}" } }),
            ("POST", "/", "{\"name\": \"ä \\\"b\\\" & c\"}", Some("application/json")),
        ),
        (
            json!({ "method": "put", "body": { "type": "text", "template": "<a>{{ input.id }}</a>", "content_type": "application/xml" } }),
            ("PUT", "/", "<a>7</a>", Some("application/xml")),
        ),
        (
            json!({ "method": "patch", "body": { "type": "form", "fields": [{ "name": "n", "value": "{{ input.name }}" }, { "name": "n", "value": "2" }] } }),
            ("PATCH", "/", "n=%C3%A4+%22b%22+%26+c&n=2", Some("application/x-www-form-urlencoded")),
        ),
        (json!({ "method": "delete" }), ("DELETE", "/", "", None)),
    ];
    for (mut config, (method, path, body, content_type)) in cases {
        let mut arrived = arrived.clone();
        arrived["url"] = json!(url);
        config["headers"] = json!([{ "name": "X-Id", "value": " {{ input.id }} " }]);
        if config.get("url").is_none() {
            config["url"] = json!(url);
        }
        run(config, arrived).await.unwrap();
        let request = sent(&server).await;
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        assert_eq!((request.method.as_str(), format!("{}{query}", request.url.path()).as_str()), (method, path));
        assert_eq!(String::from_utf8(request.body).unwrap(), body);
        let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), content_type);
        assert_eq!(header("x-id").as_deref(), Some("7"));
        let key = if method == "GET" { None } else { Some("run:node:0") };
        assert_eq!(header("idempotency-key").as_deref(), key);
    }
}

#[tokio::test]
async fn reads_the_answer_by_its_type() {
    let json_type =
        |body: &str| ResponseTemplate::new(200).set_body_raw(body, "application/problem+json; charset=utf-8");
    let bytes = |body: &[u8], mime: &str| ResponseTemplate::new(200).set_body_raw(body, mime);
    let cases = [
        (json_type(" {\"a\": 1}\n"), "auto", Ok(json!({ "a": 1 }))),
        (json_type("{\"a\": 1}"), "text", Ok(json!("{\"a\": 1}"))),
        (json_type(""), "auto", Ok(json!(null))),
        (json_type("<html>"), "auto", Err("invalid_json")),
        (bytes(b"[1]", "text/plain"), "auto", Ok(json!("[1]"))),
        (bytes(b"[1]", "text/plain"), "json", Ok(json!([1]))),
        (bytes(b"", "text/plain"), "auto", Ok(json!(""))),
        (bytes("ä".as_bytes(), "text/plain"), "auto", Ok(json!("ä"))),
        (bytes(b"\xe4", "text/html; charset=\"ISO-8859-1\""), "auto", Ok(json!("ä"))),
        (bytes(b"\x89PNG\xff", "image/png"), "auto", Err("not_text")),
    ];
    for (answer, response, expected) in cases {
        let server = serving(answer).await;
        let outcome = run(json!({ "url": server.uri(), "response": response }), json!(null)).await;
        let body = outcome.map(|done| done["body"].clone()).map_err(|failure| failure.code);
        assert_eq!(body, expected.map_err(str::to_owned), "{response}");
    }
}

#[tokio::test]
async fn gives_status_and_headers() {
    let answer = ResponseTemplate::new(404).append_header("X-A", "1").append_header("X-A", "2").set_body_string("none");
    let server = serving(answer).await;
    let done = run(json!({ "url": server.uri(), "fail_on_status": false }), json!(null)).await.unwrap();
    assert_eq!(
        (&done["status"], &done["headers"]["x-a"], &done["body"]),
        (&json!(404), &json!("1, 2"), &json!("none"))
    );
}

#[tokio::test]
async fn a_refusing_status_is_a_failure() {
    let cases = [
        (400, None, false, json!(null)),
        (404, None, false, json!(null)),
        (408, None, true, json!(null)),
        (425, None, true, json!(null)),
        (429, Some("3"), true, json!(3000)),
        (500, None, true, json!(null)),
        (503, Some("Wed, 21 Oct 2015 07:28:00 GMT"), true, json!(60_000)),
        (503, Some("Wed, 21 Oct 2015 07:26:00 GMT"), true, json!(0)),
        (503, Some("soon"), true, json!(null)),
    ];
    for (status, retry_after, transient, pause) in cases {
        let mut answer = ResponseTemplate::new(status).set_body_string("because");
        if let Some(text) = retry_after {
            answer = answer.insert_header("Retry-After", text);
        }
        let server = serving(answer).await;
        let failure = run(json!({ "url": server.uri() }), json!(null)).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.transient), ("http_status", transient), "{status}");
        let details: Value = failure.details.as_ref().map(Payload::parse).unwrap().unwrap();
        assert_eq!(
            (&details["status"], &details["body"], &details["retry_after_ms"]),
            (&json!(status), &json!("because"), &pause)
        );
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_told() {
    let cases = [
        (json!({ "url": "no url" }), "invalid_url", false),
        (json!({ "url": "file:///etc/hostname" }), "invalid_url", false),
        (json!({ "url": "http://10.0.0.1/" }), "address_refused", false),
        (json!({ "url": "{{ input.none }}" }), "expression", false),
        (json!({ "url": "http://127.0.0.1:1/" }), "unreachable", true),
        (
            json!({ "method": "post", "url": "http://127.0.0.1:1/", "body": { "type": "json", "template": "{" } }),
            "invalid_json",
            false,
        ),
        (
            json!({ "url": "http://127.0.0.1:1/", "headers": [{ "name": "A", "value": "a\nB: secret" }] }),
            "invalid_header",
            false,
        ),
    ];
    for (config, code, transient) in cases {
        let failure = run(config.clone(), json!({})).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.transient), (code, transient), "{config}: {}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
    }
}

#[test]
fn headers_that_carry_the_message_are_not_the_authors() {
    use crate::Node;
    let names = ["Accept", "Host", "content-length", "Transfer-Encoding", "a b", "Authorization"];
    let headers: Vec<Value> = names.iter().map(|name| json!({ "name": name, "value": "1" })).collect();
    let config = serde_json::from_value(json!({ "url": "", "headers": headers })).unwrap();
    let pointers: Vec<String> = HttpRequest::check(&config).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/url", "/headers/1/name", "/headers/2/name", "/headers/3/name", "/headers/4/name"]);
}
