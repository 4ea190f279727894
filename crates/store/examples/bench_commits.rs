//! How fast the store commits: callers that each wait for their own write, and what one run of five nodes costs.
//! `cargo run --release -p store --example bench_commits [--features store/testing]`: SQLite in the temporary folder,
//! or the database whose URL is given; `postgres` starts a throw-away server that flushes to the disk.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use protocol::runs::{Run, RunStatus, RunSummary, Usage};
use protocol::{Announced, Event, Payload, Topic};
use store::{Database, Durability, Error, Location, Options, Result, Sql, Writer, events, journal, runs};

const WRITERS: [usize; 3] = [1, 16, 64];
const EVENTS_PER_RUN: u64 = 12;
const TIME_PER_LINE: Duration = Duration::from_secs(3);

type Place = (Location, Option<Box<dyn std::any::Any>>);
type Work = fn(&mut dyn Sql, u64) -> Result<()>;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let (location, _kept) = place(&asked)?;
    println!("| database | durability | work | writers | writes/s | rows/s | p50 ms | p99 ms |");
    println!("|---|---|---|---|---|---|---|---|");
    for durability in [Durability::Full, Durability::Fast] {
        if durability == Durability::Fast && matches!(location, Location::Postgres(_)) {
            continue;
        }
        let database = Database::open(Options { durability, ..Options::new(location.clone()) })?;
        for (name, rows, work) in [("one journal row", 1, one_row as Work), ("a run", 3, whole_run as Work)] {
            for writers in WRITERS {
                let label = format!("| {} | {durability:?} | {name} | {writers}", database.description());
                measure(&label, &database.writer(), (writers, rows), work)?;
            }
        }
        database.close();
    }
    Ok(())
}

/// The database to measure, and what has to stay until the end.
fn place(asked: &str) -> std::result::Result<Place, Box<dyn std::error::Error>> {
    #[cfg(feature = "testing")]
    if asked == "postgres" {
        let cluster = store::testing::Cluster::start(store::testing::Flush::ToDisk)?;
        return Ok((Location::Postgres(cluster.database()?), Some(Box::new(cluster))));
    }
    if !asked.is_empty() {
        return Ok((asked.parse()?, None));
    }
    let path = std::env::temp_dir().join(format!("bench-commits-{}.db", std::process::id()));
    Ok((Location::Sqlite(path), None))
}

fn measure(label: &str, writer: &Writer, (writers, rows): (usize, u64), work: Work) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.map_err(|error| Error::Unavailable(error.to_string()))?;
    let began = Instant::now();
    let mut times = runtime.block_on(async {
        let tasks: Vec<_> =
            (0..writers).map(|_| tokio::spawn(write_until(writer.clone(), began + TIME_PER_LINE, work))).collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.expect("a bench task does not panic")?);
        }
        Ok::<_, Error>(times)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let rate = times.len() as f64 / seconds;
    println!("{label} | {rate:.0} | {:.0} | {:.2} | {:.2} |", rate * rows as f64, at(0.5), at(0.99));
    Ok(())
}

async fn write_until(writer: Writer, deadline: Instant, work: Work) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < deadline {
        let began = Instant::now();
        let number = next_number();
        let permit = writer.permit(0).await?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // The receiver waits below.
        writer.submit_repeatable(permit, move |sql| work(sql, number), move |outcome| drop(sender.send(outcome)));
        receiver.await.map_err(|_| Error::Unavailable("the bench was closed".to_owned()))??;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Grows over all writers, and over several benches on one database.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let start = u64::from(std::process::id()) << 32;
    start + NEXT.fetch_add(1, Ordering::Relaxed)
}

fn id(number: u64) -> String {
    format!("01930000-0000-7000-8000-{number:012x}-{:06x}", number % 0xff_ffff)
}

fn entries(count: usize) -> Vec<Payload> {
    vec![serde_json::json!({"kind": "node_finished", "node": "summarise", "text": "x".repeat(250)}).into(); count]
}

fn one_row(sql: &mut dyn Sql, number: u64) -> Result<()> {
    journal::append(sql, &id(number).into(), 0, &entries(1))
}

/// The row of a run that ended at once, its journal, and its events.
fn whole_run(sql: &mut dyn Sql, number: u64) -> Result<()> {
    let run_id: protocol::RunId = id(number).into();
    let summary = RunSummary {
        id: run_id.clone(),
        workflow_id: "01930000-0000-7000-8000-00000000cafe".into(),
        workflow_revision: 1,
        status: RunStatus::Succeeded,
        created_at_ms: 1,
        ended_at_ms: Some(2),
        wake_at_ms: None,
        failure: None,
        usage: Usage::default(),
    };
    let text = BTreeMap::from([("text".to_owned(), Payload::from("x".repeat(300).as_str()))]);
    runs::insert(sql, &Run { summary: summary.clone(), inputs: text.clone(), outputs: text })?;
    journal::append(sql, &run_id, 0, &entries(7))?;
    let announced: Vec<Announced> = (0..EVENTS_PER_RUN)
        .map(|place| Announced {
            seq: number * EVENTS_PER_RUN + place,
            at_ms: 1,
            topics: vec![Topic::Runs],
            run_id: Some(run_id.clone()),
            workflow_id: Some(summary.workflow_id.clone()),
            event: Event::NodeStarted { node_id: "summarise".into(), item: protocol::ItemPath::top(), attempt: 1 },
        })
        .collect();
    events::append(sql, &announced)
}
