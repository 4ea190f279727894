//! Workflows as they stand now. What a run is pinned to is kept in `workflow_versions`.
//! A deleted one is gone for everybody but its runs: its row stays as long as there are any.

use protocol::WorkflowId;
use protocol::workflows::{Workflow, WorkflowSummary};

use super::{json, workflow_versions};
use crate::{Error, Result, Row, Sql};

/// Fails with `Conflict` when the id is taken.
pub fn put_new(sql: &mut dyn Sql, workflow: &Workflow) -> Result<()> {
    let stored = sql.run(
        "INSERT INTO workflows (id, name, description, revision, graph, node_count, created_at_ms, updated_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &[
            workflow.id.as_str().into(),
            workflow.name.as_str().into(),
            workflow.description.as_str().into(),
            workflow.revision.into(),
            json::write(&workflow.graph)?.as_str().into(),
            (workflow.graph.nodes.len() as u64).into(),
            workflow.created_at_ms.into(),
            workflow.updated_at_ms.into(),
        ],
    )?;
    if stored == 0 {
        return Err(Error::Conflict { message: format!("workflow `{}` exists already", workflow.id), current: None });
    }
    Ok(())
}

pub fn get(sql: &mut dyn Sql, id: &WorkflowId) -> Result<Workflow> {
    let rows = sql.query("SELECT deleted_at_ms FROM workflows WHERE id = $1", &[id.as_str().into()])?;
    match rows.first().map(|row| row.maybe_int(0)).transpose()? {
        Some(None) => get_even_deleted(sql, id),
        Some(Some(_)) | None => Err(Error::NotFound),
    }
}

/// Finds one that is deleted, too, while it has runs.
pub fn get_even_deleted(sql: &mut dyn Sql, id: &WorkflowId) -> Result<Workflow> {
    let rows = sql.query(
        "SELECT id, name, description, revision, created_at_ms, updated_at_ms, graph FROM workflows WHERE id = $1",
        &[id.as_str().into()],
    )?;
    let row = rows.first().ok_or(Error::NotFound)?;
    Ok(Workflow {
        id: row.text(0)?.into(),
        name: row.text(1)?.to_owned(),
        description: row.text(2)?.to_owned(),
        revision: row.count(3)?,
        created_at_ms: row.int(4)?,
        updated_at_ms: row.int(5)?,
        graph: json::read("workflows.graph", row.text(6)?)?,
    })
}

/// All of them, the newest change first.
pub fn list(sql: &mut dyn Sql) -> Result<Vec<WorkflowSummary>> {
    let rows = sql.query(
        "SELECT id, name, description, revision, created_at_ms, updated_at_ms, node_count FROM workflows
         WHERE deleted_at_ms IS NULL ORDER BY updated_at_ms DESC, id DESC",
        &[],
    )?;
    rows.iter().map(summary).collect()
}

/// Replaces what is stored, if its revision still is `expected_revision`; else fails with `Conflict` and the current
/// one. The creation time stays.
pub fn update(sql: &mut dyn Sql, workflow: &Workflow, expected_revision: u64) -> Result<()> {
    let changed = sql.run(
        "UPDATE workflows SET name = $2, description = $3, revision = $4, graph = $5, node_count = $6, updated_at_ms = $7
         WHERE id = $1 AND revision = $8 AND deleted_at_ms IS NULL",
        &[
            workflow.id.as_str().into(),
            workflow.name.as_str().into(),
            workflow.description.as_str().into(),
            workflow.revision.into(),
            json::write(&workflow.graph)?.as_str().into(),
            (workflow.graph.nodes.len() as u64).into(),
            workflow.updated_at_ms.into(),
            expected_revision.into(),
        ],
    )?;
    if changed == 1 {
        return Ok(());
    }
    let current = revision(sql, &workflow.id)?;
    Err(Error::Conflict {
        message: format!("workflow `{}` is at revision {current}, not at {expected_revision}", workflow.id),
        current: Some(current),
    })
}

/// The current revision.
pub fn revision(sql: &mut dyn Sql, id: &WorkflowId) -> Result<u64> {
    let rows =
        sql.query("SELECT revision FROM workflows WHERE id = $1 AND deleted_at_ms IS NULL", &[id.as_str().into()])?;
    rows.first().ok_or(Error::NotFound)?.count(0)
}

/// Deletes the workflow and those of its versions that no run is pinned to. Its runs stay.
pub fn remove(sql: &mut dyn Sql, id: &WorkflowId, at_ms: i64) -> Result<()> {
    let deleted = sql.run(
        "UPDATE workflows SET deleted_at_ms = $2 WHERE id = $1 AND deleted_at_ms IS NULL",
        &[id.as_str().into(), at_ms.into()],
    )?;
    if deleted == 0 {
        return Err(Error::NotFound);
    }
    workflow_versions::remove_unneeded(sql, id)?;
    sql.run(
        "DELETE FROM workflows WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.workflow_id = workflows.id)",
        &[id.as_str().into()],
    )?;
    Ok(())
}

fn summary(row: &Row) -> Result<WorkflowSummary> {
    let node_count = row.count(6)?;
    Ok(WorkflowSummary {
        id: row.text(0)?.into(),
        name: row.text(1)?.to_owned(),
        description: row.text(2)?.to_owned(),
        revision: row.count(3)?,
        created_at_ms: row.int(4)?,
        updated_at_ms: row.int(5)?,
        node_count: u32::try_from(node_count)
            .map_err(|_| Error::Corrupt(format!("`workflows.node_count` is {node_count}")))?,
    })
}
