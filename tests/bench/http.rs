//! The least HTTP/1.1 that measures a server: one request at a time on a keep-alive connection, prepared once.
//! The driver shares the machine with the server, so a full client would be measured too.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone)]
pub struct Request(Vec<u8>);

impl Request {
    pub fn get(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes())
    }

    pub fn post(path: &str, body: &Value) -> Self {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self((head + &body).into_bytes())
    }
}

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("cannot connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| format!("cannot set up the connection: {error}"))?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// The body of a 200 answer; everything else is an error.
    pub async fn exchange(&mut self, request: &Request) -> Result<Vec<u8>, String> {
        self.stream.write_all(&request.0).await.map_err(|error| format!("cannot send: {error}"))?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.map_err(|error| format!("cannot read: {error}"))?;
            if read == 0 {
                return Err("the server closed the connection".to_owned());
            }
            let Some(head) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.buffer[..head]);
            let length = text
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:").map(|rest| rest.trim().to_owned())
                })
                .and_then(|length| length.parse::<usize>().ok())
                .ok_or("an answer without a length")?;
            if self.buffer.len() < head + 4 + length {
                continue;
            }
            let body = self.buffer[head + 4..head + 4 + length].to_vec();
            if !text.starts_with("HTTP/1.1 200") {
                return Err(format!(
                    "answered {}: {}",
                    text.lines().next().unwrap_or(""),
                    String::from_utf8_lossy(&body)
                ));
            }
            return Ok(body);
        }
    }
}
