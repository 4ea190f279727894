//! Runs: one row each, from acceptance to the end.
//! A final status never changes.

use std::collections::BTreeMap;

use protocol::runs::{ListRuns, NodeFailure, Run, RunList, RunStatus, RunSummary, Usage};
use protocol::{Payload, RunId, WorkflowId};

use super::{blobs, events, journal, json};
use crate::{Cell, Error, Result, Row, Sql};

const DEFAULT_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;

const ALL: [RunStatus; 7] = [
    RunStatus::Queued,
    RunStatus::Running,
    RunStatus::Waiting,
    RunStatus::NeedsAttention,
    RunStatus::Succeeded,
    RunStatus::Failed,
    RunStatus::Cancelled,
];

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// A final one.
    pub status: RunStatus,
    pub outputs: BTreeMap<String, Payload>,
    pub failure: Option<NodeFailure>,
    pub usage: Usage,
    pub ended_at_ms: i64,
}

/// What is needed to take a run up again.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    pub id: RunId,
    pub workflow_id: WorkflowId,
    pub workflow_revision: u64,
    pub status: RunStatus,
    pub wake_at_ms: Option<i64>,
}

/// Stores a new run in whatever state it is, final ones included. Fails with `Conflict` when the id is taken.
pub fn insert(sql: &mut dyn Sql, run: &Run) -> Result<()> {
    let summary = &run.summary;
    if summary.status.is_final() != summary.ended_at_ms.is_some() {
        let message =
            format!("run `{}` is `{}`, which does not fit its time of ending", summary.id, word(summary.status));
        return Err(Error::Constraint(message));
    }
    let stored = sql.run(
        "INSERT INTO runs (id, workflow_id, workflow_revision, status, inputs, outputs, failure, input_tokens,
             output_tokens, created_at_ms, ended_at_ms, wake_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        &[
            summary.id.as_str().into(),
            summary.workflow_id.as_str().into(),
            summary.workflow_revision.into(),
            word(summary.status).into(),
            json::write(&run.inputs)?.as_str().into(),
            json::write(&run.outputs)?.as_str().into(),
            failure_text(summary.failure.as_ref())?.as_deref().into(),
            summary.usage.input_tokens.into(),
            summary.usage.output_tokens.into(),
            summary.created_at_ms.into(),
            summary.ended_at_ms.into(),
            summary.wake_at_ms.into(),
        ],
    )?;
    if stored == 0 {
        return Err(Error::Conflict { message: format!("run `{}` exists already", summary.id), current: None });
    }
    Ok(())
}

/// Moves a run to another status that is not final. Fails with `Conflict` when the run has ended.
pub fn set_status(sql: &mut dyn Sql, id: &RunId, status: RunStatus, wake_at_ms: Option<i64>) -> Result<()> {
    if status.is_final() {
        return Err(Error::Constraint(format!("run `{id}` cannot become `{}` without an outcome", word(status))));
    }
    let changed = sql.run(
        "UPDATE runs SET status = $2, wake_at_ms = $3 WHERE id = $1 AND ended_at_ms IS NULL",
        &[id.as_str().into(), word(status).into(), wake_at_ms.into()],
    )?;
    expect_unfinished(sql, id, changed)
}

/// Ends a run. Fails with `Conflict` when it has ended before.
pub fn finish(sql: &mut dyn Sql, id: &RunId, outcome: &Outcome) -> Result<()> {
    if !outcome.status.is_final() {
        return Err(Error::Constraint(format!("run `{id}` cannot end as `{}`", word(outcome.status))));
    }
    let changed = sql.run(
        "UPDATE runs SET status = $2, outputs = $3, failure = $4, input_tokens = $5, output_tokens = $6,
             ended_at_ms = $7, wake_at_ms = NULL
         WHERE id = $1 AND ended_at_ms IS NULL",
        &[
            id.as_str().into(),
            word(outcome.status).into(),
            json::write(&outcome.outputs)?.as_str().into(),
            failure_text(outcome.failure.as_ref())?.as_deref().into(),
            outcome.usage.input_tokens.into(),
            outcome.usage.output_tokens.into(),
            outcome.ended_at_ms.into(),
        ],
    )?;
    expect_unfinished(sql, id, changed)
}

pub fn get(sql: &mut dyn Sql, id: &RunId) -> Result<Run> {
    let rows = sql.query(
        "SELECT id, workflow_id, workflow_revision, status, created_at_ms, ended_at_ms, wake_at_ms, failure, input_tokens,
             output_tokens, inputs, outputs
         FROM runs WHERE id = $1",
        &[id.as_str().into()],
    )?;
    let row = rows.first().ok_or(Error::NotFound)?;
    Ok(Run {
        summary: summary(row)?,
        inputs: json::read("runs.inputs", row.text(10)?)?,
        outputs: json::read("runs.outputs", row.text(11)?)?,
    })
}

/// Newest first: ids are ordered by the time they were made.
pub fn list(sql: &mut dyn Sql, filter: &ListRuns) -> Result<RunList> {
    let limit = filter.limit.unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE) as usize;
    let mut params: Vec<Cell<'_>> = Vec::new();
    let mut conditions = Vec::new();
    if let Some(workflow_id) = &filter.workflow_id {
        params.push(workflow_id.as_str().into());
        conditions.push(format!("workflow_id = ${}", params.len()));
    }
    if let Some(status) = filter.status {
        params.push(word(status).into());
        conditions.push(format!("status = ${}", params.len()));
    }
    if let Some(before) = &filter.before {
        params.push(before.as_str().into());
        conditions.push(format!("id < ${}", params.len()));
    }
    params.push((limit as u64 + 1).into());
    let place = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    let rows = sql.query(
        &format!(
            "SELECT id, workflow_id, workflow_revision, status, created_at_ms, ended_at_ms, wake_at_ms, failure,
                 input_tokens, output_tokens
             FROM runs {place} ORDER BY id DESC LIMIT ${}",
            params.len()
        ),
        &params,
    )?;
    let runs = rows.iter().take(limit).map(summary).collect::<Result<Vec<_>>>()?;
    let next = if rows.len() > limit { runs.last().map(|run| run.id.clone()) } else { None };
    Ok(RunList { runs, next })
}

/// Every run that has not ended, oldest first.
pub fn unfinished(sql: &mut dyn Sql) -> Result<Vec<Unfinished>> {
    let rows = sql.query(
        "SELECT id, workflow_id, workflow_revision, status, wake_at_ms FROM runs WHERE ended_at_ms IS NULL ORDER BY id",
        &[],
    )?;
    let read = |row: &Row| {
        Ok(Unfinished {
            id: row.text(0)?.into(),
            workflow_id: row.text(1)?.into(),
            workflow_revision: row.count(2)?,
            status: status(row.text(3)?)?,
            wake_at_ms: row.maybe_int(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether a run of this workflow has not ended.
pub fn any_unfinished(sql: &mut dyn Sql, workflow_id: &WorkflowId) -> Result<bool> {
    let rows = sql.query(
        "SELECT 1 FROM runs WHERE workflow_id = $1 AND ended_at_ms IS NULL LIMIT 1",
        &[workflow_id.as_str().into()],
    )?;
    Ok(!rows.is_empty())
}

/// Runs that ended before `ended_before_ms`, oldest first. Only those with a smaller id than `created_before` are looked at:
/// ids are ordered by the time they were made.
pub fn ended_before(sql: &mut dyn Sql, created_before: &RunId, ended_before_ms: i64, limit: u32) -> Result<Vec<RunId>> {
    let rows = sql.query(
        "SELECT id FROM runs WHERE id < $1 AND ended_at_ms < $2 ORDER BY id LIMIT $3",
        &[created_before.as_str().into(), ended_before_ms.into(), limit.into()],
    )?;
    rows.iter().map(|row| Ok(row.text(0)?.into())).collect()
}

/// Removes an ended run with its journal, its events and the blobs that nobody else refers to. Fails with `Conflict`
/// when it has not ended.
pub fn remove(sql: &mut dyn Sql, id: &RunId) -> Result<()> {
    let removed = sql.run("DELETE FROM runs WHERE id = $1 AND ended_at_ms IS NOT NULL", &[id.as_str().into()])?;
    if removed == 0 {
        let status = get(sql, id)?.summary.status;
        let message = format!("run `{id}` is `{}` and cannot be removed before it ends", word(status));
        return Err(Error::Conflict { message, current: None });
    }
    journal::remove(sql, id)?;
    events::remove_of_run(sql, id)?;
    blobs::release(sql, id)?;
    Ok(())
}

fn expect_unfinished(sql: &mut dyn Sql, id: &RunId, changed: u64) -> Result<()> {
    if changed == 1 {
        return Ok(());
    }
    let rows = sql.query("SELECT status FROM runs WHERE id = $1", &[id.as_str().into()])?;
    let status = rows.first().ok_or(Error::NotFound)?.text(0)?;
    Err(Error::Conflict { message: format!("run `{id}` has ended as `{status}`"), current: None })
}

fn summary(row: &Row) -> Result<RunSummary> {
    Ok(RunSummary {
        id: row.text(0)?.into(),
        workflow_id: row.text(1)?.into(),
        workflow_revision: row.count(2)?,
        status: status(row.text(3)?)?,
        created_at_ms: row.int(4)?,
        ended_at_ms: row.maybe_int(5)?,
        wake_at_ms: row.maybe_int(6)?,
        failure: row.maybe_text(7)?.map(|text| json::read("runs.failure", text)).transpose()?,
        usage: Usage { input_tokens: row.count(8)?, output_tokens: row.count(9)? },
    })
}

fn failure_text(failure: Option<&NodeFailure>) -> Result<Option<String>> {
    failure.map(json::write).transpose()
}

fn word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "queued",
        RunStatus::Running => "running",
        RunStatus::Waiting => "waiting",
        RunStatus::NeedsAttention => "needs_attention",
        RunStatus::Succeeded => "succeeded",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
    }
}

fn status(text: &str) -> Result<RunStatus> {
    let found = ALL.into_iter().find(|status| word(*status) == text);
    found.ok_or_else(|| Error::Corrupt(format!("`runs.status` is `{text}`")))
}
