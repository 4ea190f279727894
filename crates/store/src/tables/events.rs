//! The stream of events, in the order of `seq`. The caller numbers; this table keeps and replays.
//! Events of one run that are announced together share a row, under the `seq` of the last one: a run of five nodes that
//! is stored at once costs one row instead of twelve.

use protocol::runs::EventPage;
use protocol::{Announced, Event, EventFilter, RunId, Topic, WorkflowId};
use serde::{Deserialize, Serialize};

use super::json;
use crate::{Cell, Error, Result, Row, Sql};

const DEFAULT_PAGE: u32 = 200;
const LARGEST_PAGE: u32 = 1_000;

/// Events in one row. Bounds what a page reads in vain before and after its own events.
const EVENTS_PER_ROW: usize = 64;

/// Rows read at a time until a page is full.
const ROWS_PER_READ: u32 = 100;

/// Stores events in the order given, which has to be that of their `seq`. Fails with `Corrupt` when a row's place is
/// taken: numbers are given once.
pub fn append(sql: &mut dyn Sql, announced: &[Announced]) -> Result<()> {
    let together = |one: &Announced, next: &Announced| one.run_id == next.run_id && one.workflow_id == next.workflow_id;
    for alike in announced.chunk_by(together) {
        for row in alike.chunks(EVENTS_PER_ROW) {
            insert(sql, row)?;
        }
    }
    Ok(())
}

/// The highest `seq` stored; 0 when there is none.
pub fn last_seq(sql: &mut dyn Sql) -> Result<u64> {
    let rows = sql.query("SELECT COALESCE(MAX(seq), 0) FROM events", &[])?;
    rows.first().map_or(Ok(0), |row| row.count(0))
}

/// What the filter lets through after `after_seq`, oldest first. The filter's own `after_seq` is not looked at.
pub fn page(sql: &mut dyn Sql, filter: &EventFilter, after_seq: u64, limit: Option<u32>) -> Result<EventPage> {
    let limit = limit.unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE) as usize;
    let mut events = Vec::new();
    let mut after_row = after_seq;
    loop {
        let rows = rows_after(sql, filter, after_row)?;
        for row in &rows {
            after_row = row.count(0)?;
            events.extend(read(row)?.filter(|one| one.seq > after_seq));
            if events.len() > limit {
                events.truncate(limit);
                return Ok(EventPage { events, more: true });
            }
        }
        if rows.len() < ROWS_PER_READ as usize {
            return Ok(EventPage { events, more: false });
        }
    }
}

pub fn remove_of_run(sql: &mut dyn Sql, run_id: &RunId) -> Result<()> {
    sql.run("DELETE FROM events WHERE run_id = $1", &[run_id.as_str().into()])?;
    Ok(())
}

/// An event in its row, which holds the ids for all of them.
#[derive(Serialize, Deserialize)]
struct Stored<T, E> {
    seq: u64,
    at_ms: i64,
    topics: T,
    event: E,
}

/// `row` is not empty, and its events have the same ids.
fn insert(sql: &mut dyn Sql, row: &[Announced]) -> Result<()> {
    let Some(last) = row.last() else { return Ok(()) };
    let stored: Vec<Stored<&[Topic], &Event>> = row
        .iter()
        .map(|one| Stored { seq: one.seq, at_ms: one.at_ms, topics: &one.topics[..], event: &one.event })
        .collect();
    let added = sql.run(
        "INSERT INTO events (seq, run_id, workflow_id, events) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        &[
            last.seq.into(),
            last.run_id.as_ref().map(RunId::as_str).into(),
            last.workflow_id.as_ref().map(WorkflowId::as_str).into(),
            json::write(&stored)?.as_str().into(),
        ],
    )?;
    if added == 0 {
        return Err(Error::Corrupt(format!("event {} exists already", last.seq)));
    }
    Ok(())
}

fn rows_after(sql: &mut dyn Sql, filter: &EventFilter, after_seq: u64) -> Result<Vec<Row>> {
    let mut params: Vec<Cell<'_>> = vec![after_seq.into(), ROWS_PER_READ.into()];
    let mut text = "SELECT seq, run_id, workflow_id, events FROM events WHERE seq > $1".to_owned();
    if let Some(run_id) = &filter.run_id {
        params.push(run_id.as_str().into());
        text.push_str(&format!(" AND run_id = ${}", params.len()));
    }
    if let Some(workflow_id) = &filter.workflow_id {
        params.push(workflow_id.as_str().into());
        text.push_str(&format!(" AND workflow_id = ${}", params.len()));
    }
    text.push_str(" ORDER BY seq LIMIT $2");
    sql.query(&text, &params)
}

fn read(row: &Row) -> Result<impl Iterator<Item = Announced>> {
    let run_id: Option<RunId> = row.maybe_text(1)?.map(Into::into);
    let workflow_id: Option<WorkflowId> = row.maybe_text(2)?.map(Into::into);
    let stored: Vec<Stored<Vec<Topic>, Event>> = json::read("events.events", row.text(3)?)?;
    Ok(stored.into_iter().map(move |one| Announced {
        seq: one.seq,
        at_ms: one.at_ms,
        topics: one.topics,
        run_id: run_id.clone(),
        workflow_id: workflow_id.clone(),
        event: one.event,
    }))
}
