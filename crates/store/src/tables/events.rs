//! The stream of events, in the order of `seq`. The caller numbers; this table keeps and replays.

use protocol::runs::EventPage;
use protocol::{Announced, EventFilter, RunId};

use super::json;
use crate::{Cell, Result, Row, Sql};

const DEFAULT_PAGE: u32 = 200;
const LARGEST_PAGE: u32 = 1_000;

/// Rows per statement: PostgreSQL answers each statement with a round trip of its own.
const ROWS_PER_INSERT: usize = 8;
const COLUMNS: usize = 6;

/// Stores events in the order given. Fails with `Constraint` when a `seq` is taken.
pub fn append(sql: &mut dyn Sql, announced: &[Announced]) -> Result<()> {
    let mut chunks = announced.chunks_exact(ROWS_PER_INSERT);
    for chunk in &mut chunks {
        insert(sql, chunk)?;
    }
    if chunks.remainder().is_empty() { Ok(()) } else { insert(sql, chunks.remainder()) }
}

/// The highest `seq` stored; 0 when there is none.
pub fn last_seq(sql: &mut dyn Sql) -> Result<u64> {
    let rows = sql.query("SELECT COALESCE(MAX(seq), 0) FROM events", &[])?;
    rows.first().map_or(Ok(0), |row| row.count(0))
}

/// What the filter lets through after `after_seq`, oldest first. The filter's own `after_seq` is not looked at.
pub fn page(sql: &mut dyn Sql, filter: &EventFilter, after_seq: u64, limit: Option<u32>) -> Result<EventPage> {
    let limit = limit.unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE) as usize;
    let mut params = vec![after_seq.into(), (limit as u64 + 1).into()];
    let mut text = "SELECT seq, at_ms, run_id, workflow_id, topics, body FROM events WHERE seq > $1".to_owned();
    if let Some(run_id) = &filter.run_id {
        params.push(run_id.as_str().into());
        text.push_str(&format!(" AND run_id = ${}", params.len()));
    }
    if let Some(workflow_id) = &filter.workflow_id {
        params.push(workflow_id.as_str().into());
        text.push_str(&format!(" AND workflow_id = ${}", params.len()));
    }
    text.push_str(" ORDER BY seq LIMIT $2");
    let rows = sql.query(&text, &params)?;
    let events = rows.iter().take(limit).map(announced).collect::<Result<Vec<_>>>()?;
    Ok(EventPage { events, more: rows.len() > limit })
}

pub fn remove_of_run(sql: &mut dyn Sql, run_id: &RunId) -> Result<()> {
    sql.run("DELETE FROM events WHERE run_id = $1", &[run_id.as_str().into()])?;
    Ok(())
}

fn insert(sql: &mut dyn Sql, announced: &[Announced]) -> Result<()> {
    let mut written = Vec::with_capacity(announced.len());
    for one in announced {
        written.push((json::write(&one.topics)?, json::write(&one.event)?));
    }
    let mut params: Vec<Cell<'_>> = Vec::with_capacity(announced.len() * COLUMNS);
    for (one, (topics, body)) in announced.iter().zip(&written) {
        params.push(one.seq.into());
        params.push(one.at_ms.into());
        params.push(one.run_id.as_ref().map(RunId::as_str).into());
        params.push(one.workflow_id.as_ref().map(protocol::WorkflowId::as_str).into());
        params.push(topics.into());
        params.push(body.into());
    }
    sql.run(&insert_text(announced.len()), &params)?;
    Ok(())
}

fn insert_text(rows: usize) -> String {
    let mut text = "INSERT INTO events (seq, at_ms, run_id, workflow_id, topics, body) VALUES ".to_owned();
    for row in 0..rows {
        let cells: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        text.push_str(if row == 0 { "(" } else { ", (" });
        text.push_str(&cells.join(", "));
        text.push(')');
    }
    text
}

fn announced(row: &Row) -> Result<Announced> {
    Ok(Announced {
        seq: row.count(0)?,
        at_ms: row.int(1)?,
        run_id: row.maybe_text(2)?.map(Into::into),
        workflow_id: row.maybe_text(3)?.map(Into::into),
        topics: json::read("events.topics", row.text(4)?)?,
        event: json::read("events.body", row.text(5)?)?,
    })
}
