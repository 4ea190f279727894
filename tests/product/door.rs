//! What HTTP itself refuses: in the same shape as every other failure. And the end of the server, seen from a caller.
//! What single commands answer stands in `commands`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::harness::{PATIENCE, Server, edge, node, until};

#[tokio::test]
async fn refusals_of_the_framework_have_the_shape_of_every_failure() {
    let server = Server::start(&[]);
    let client = reqwest::Client::new();
    let too_large = vec![b' '; 16 * 1024 * 1024 + 1];
    let cases = [
        (Method::PUT, "/api/rpc/nodes.list", Vec::new(), StatusCode::METHOD_NOT_ALLOWED, "invalid_request"),
        (Method::PATCH, "/api/session", Vec::new(), StatusCode::METHOD_NOT_ALLOWED, "invalid_request"),
        (Method::POST, "/api/rpc/workflows.create", too_large, StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        (Method::POST, "/api/rpc/%ff", Vec::new(), StatusCode::BAD_REQUEST, "invalid_request"),
        (Method::POST, "/api/session", b"{}".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request"),
        (Method::GET, "/api/events?after_seq=first", Vec::new(), StatusCode::BAD_REQUEST, "invalid_request"),
        (Method::GET, "/api/events", Vec::new(), StatusCode::BAD_REQUEST, "invalid_request"),
        (Method::GET, "/api/nowhere", Vec::new(), StatusCode::NOT_FOUND, "not_found"),
    ];
    for (method, path, body, status, code) in cases {
        let asked = client.request(method, format!("{}{path}", server.base)).body(body);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let failure: Value = answer.json().await.unwrap();
        assert_eq!(failure["code"], code, "{path}: {failure}");
        assert!(!failure["message"].as_str().unwrap().is_empty(), "{path}");
    }
}

/// A caller that waits for a run gets its end, though the server takes nothing new any more.
#[tokio::test]
async fn a_server_that_ends_answers_whoever_waits_for_a_run() {
    let server = Server::start(&[]);
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", outside.local_addr().unwrap());
    let nodes = [
        node("in", "input", json!({ "name": "text", "default": "question" })),
        node("ask", "http_request", json!({ "url": url })),
        node("out", "output", json!({ "name": "result" })),
    ];
    let edges = [edge("in.value > ask.input"), edge("ask.body > out.value")];
    let id = server.create(json!({ "nodes": nodes, "edges": edges })).await;

    let request = json!({ "workflow_id": id, "inputs": {}, "wait_ms": 60_000 });
    let end = async {
        let (mut asked, _) = outside.accept().await.unwrap();
        server.terminate();
        until("the server takes nothing new", async || TcpStream::connect(server.address()).await.err()).await;
        let (mut reading, mut writing) = asked.split();
        reading.read_u8().await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndone";
        writing.write_all(answer).await.unwrap();
    };
    let both = async { tokio::join!(server.rpc("runs.start", &request), end) };
    let (answer, ()) = tokio::time::timeout(PATIENCE, both).await.expect("the caller is answered");
    let (status, run) = answer.unwrap();
    assert_eq!((status, &run["status"]), (200, &json!("succeeded")), "{run}");
}
