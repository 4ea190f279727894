//! The load driver: starts a server binary, loads it over keep-alive connections, prints one Markdown table.
//! Each workload stands beside the same server's `/healthz` in the same run, because only ratios travel between machines.
//! Usage: `bench PATH_OF_AI_STUDIO [SECONDS]`.

mod http;
mod server;
mod workflows;

use std::time::{Duration, Instant};

use http::{Connection, Request};
use serde_json::{Value, json};
use server::Server;

const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// A list that nobody looks through by hand.
const MANY_ITEMS: usize = 10_000;
const WARM_UP: Duration = Duration::from_secs(1);

struct Measured {
    per_second: f64,
    /// Of the server, for one request.
    cpu: Duration,
    p50: Duration,
    p99: Duration,
    rss_mib: f64,
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().ok_or("usage: bench PATH_OF_AI_STUDIO [SECONDS]")?;
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse().map_err(|_| format!("`{text}` is no number")))?;
    let duration = Duration::from_secs(seconds);
    let server = Server::start(&binary)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle_mib = server.rss_mib()?;
    let (address, workflow) = (server.address.clone(), workflows::five_nodes(&server.address).await?);
    let health = Request::get("/healthz");
    let run = Request::post(
        &format!("/api/workflows/{workflow}/runs"),
        &json!({ "inputs": { "text": "world" }, "wait_ms": 60_000 }),
    );
    println!("started in {} ms, idle RSS {idle_mib:.1} MiB, {seconds} s per row\n", server.started_in.as_millis());
    println!("| connections | workload | per second | of healthz | server CPU µs | p50 ms | p99 ms | RSS MiB |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for connections in CONNECTIONS {
        let ceiling = load(&server, &health, connections, duration).await?;
        row(connections, "GET /healthz", &ceiling, ceiling.per_second);
        let measured = load(&server, &run, connections, duration).await?;
        row(connections, "5-node run, durable, result in the reply", &measured, ceiling.per_second);
        if connections == 1 {
            let items = workflows::run_items(&address, 1_000).await?;
            let measured = load(&server, &items, 1, duration).await?;
            row(1, "1,000 items through a transform, durable", &measured, ceiling.per_second);
        }
    }
    check_one(&address, &run).await?;
    many_items(&server).await
}

/// What a long list costs in memory: some of its items fail and are left out.
async fn many_items(server: &Server) -> Result<(), String> {
    let before = server.rss_mib()?;
    let request = workflows::run_items(&server.address, MANY_ITEMS).await?;
    let began = Instant::now();
    let reply = Connection::open(&server.address).await?.exchange(&request).await?;
    let (took, after) = (began.elapsed(), server.rss_mib()?);
    let reply: Value = serde_json::from_slice(&reply).map_err(|error| error.to_string())?;
    let (done, failed) = (&reply["outputs"]["count"], &reply["outputs"]["failed"]);
    println!(
        "\n{MANY_ITEMS} items, every 500th fails: {done} done, {failed} left out, {:.2} s; RSS {before:.1} MiB before, \
         {after:.1} MiB after",
        took.as_secs_f64()
    );
    Ok(())
}

fn row(connections: usize, workload: &str, measured: &Measured, ceiling: f64) {
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "| {connections} | {workload} | {:.0} | {:.3} | {:.0} | {:.2} | {:.2} | {:.1} |",
        measured.per_second,
        measured.per_second / ceiling,
        measured.cpu.as_secs_f64() * 1_000_000.0,
        millis(measured.p50),
        millis(measured.p99),
        measured.rss_mib,
    );
}

/// Sends `request` over each connection again as soon as it is answered.
async fn load(server: &Server, request: &Request, connections: usize, duration: Duration) -> Result<Measured, String> {
    let cpu_before = server.cpu()?;
    let end = Instant::now() + WARM_UP + duration;
    let count_from = Instant::now() + WARM_UP;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let mut connection = Connection::open(&server.address).await?;
        let request = request.clone();
        tasks.spawn(async move {
            let (mut times, mut exchanges) = (Vec::new(), 0_u32);
            while Instant::now() < end {
                let began = Instant::now();
                connection.exchange(&request).await?;
                exchanges += 1;
                if began >= count_from {
                    times.push(began.elapsed());
                }
            }
            Ok::<_, String>((times, exchanges))
        });
    }
    let (mut times, mut exchanges) = (Vec::new(), 0);
    while let Some(finished) = tasks.join_next().await {
        let (some, count) = finished.map_err(|error| error.to_string())??;
        times.extend(some);
        exchanges += count;
    }
    let cpu = (server.cpu()? - cpu_before) / exchanges.max(1);
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    Ok(Measured {
        per_second: times.len() as f64 / duration.as_secs_f64(),
        cpu,
        p50: at(0.50),
        p99: at(0.99),
        rss_mib: server.rss_mib()?,
    })
}

/// The answers must be what they are taken for.
async fn check_one(address: &str, run: &Request) -> Result<(), String> {
    let reply = Connection::open(address).await?.exchange(run).await?;
    let reply: Value = serde_json::from_slice(&reply).map_err(|error| error.to_string())?;
    if reply["status"] == "succeeded" && reply["outputs"]["result"] == "short: Hello world" {
        return Ok(());
    }
    Err(format!("a run answered {reply}"))
}
