//! Graphs that runs are pinned to.
//! A version never changes once it is kept.

use protocol::WorkflowId;
use protocol::workflows::WorkflowGraph;

use super::json;
use crate::{Error, Result, Sql};

/// Keeps this revision for the runs that start with it. Done again, it changes nothing.
pub fn keep(sql: &mut dyn Sql, id: &WorkflowId, revision: u64, graph: &WorkflowGraph) -> Result<()> {
    sql.run(
        "INSERT INTO workflow_versions (workflow_id, revision, graph) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[id.as_str().into(), revision.into(), json::write(graph)?.as_str().into()],
    )?;
    Ok(())
}

pub fn get(sql: &mut dyn Sql, id: &WorkflowId, revision: u64) -> Result<WorkflowGraph> {
    let rows = sql.query(
        "SELECT graph FROM workflow_versions WHERE workflow_id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    json::read("workflow_versions.graph", rows.first().ok_or(Error::NotFound)?.text(0)?)
}

/// Removes the versions of a workflow that no run is pinned to. Gives how many.
pub fn remove_unneeded(sql: &mut dyn Sql, id: &WorkflowId) -> Result<u64> {
    sql.run(
        "DELETE FROM workflow_versions WHERE workflow_id = $1 AND NOT EXISTS (
             SELECT 1 FROM runs
             WHERE runs.workflow_id = workflow_versions.workflow_id
               AND runs.workflow_revision = workflow_versions.revision)",
        &[id.as_str().into()],
    )
}
