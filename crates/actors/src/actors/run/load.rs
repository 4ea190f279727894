//! Reads a stored run back: its row, its journal, the revision it is pinned to.
//! Changes nothing in the store.

use std::sync::Arc;

use engine::Input;
use protocol::runs::RunSummary;
use protocol::{Code, Failure, RunId};
use ractor::ActorRef;

use super::{RunMsg, Surroundings};
use crate::actors::journal;
use crate::actors::runs::RunsMsg;
use crate::actors::workflows::Ready;

pub struct Loaded {
    pub ready: Arc<Ready>,
    pub row: RunSummary,
    pub entries: Vec<Input>,
}

/// Reads in a task of its own and comes back as `RunMsg::Loaded`.
pub fn spawn(me: ActorRef<RunMsg>, run_id: RunId, surroundings: Arc<Surroundings>) {
    tokio::spawn(async move {
        let loaded = load(&run_id, &surroundings).await;
        // The run is gone only when the whole tree stops.
        drop(me.cast(RunMsg::Loaded(Box::new(loaded))));
    });
}

pub async fn load(run_id: &RunId, surroundings: &Surroundings) -> Result<Loaded, Failure> {
    let wanted = run_id.clone();
    let (row, entries) = surroundings
        .db
        .read(move |sql| {
            let row = store::runs::get(sql, &wanted)?.summary;
            let entries = journal::read(sql, &wanted)?;
            Ok((row, entries))
        })
        .await?;
    let ready = surroundings.workflows.pinned(&row.workflow_id, row.workflow_revision).await;
    let ready = ready.map_err(|failure| pinned_missing(&row, failure))?;
    Ok(Loaded { ready, row, entries })
}

/// That the run itself is not found is something else.
fn pinned_missing(row: &RunSummary, failure: Failure) -> Failure {
    if failure.code != Code::NotFound {
        return failure;
    }
    let RunSummary { workflow_id, workflow_revision, .. } = row;
    Failure::new(Code::Internal, format!("revision {workflow_revision} of workflow `{workflow_id}` is missing"))
}

/// The run cannot go on here and now: `runs` decides when to try again.
pub fn give_back(me: &ActorRef<RunMsg>, run_id: &RunId, surroundings: &Surroundings, failure: Failure) {
    // Without `runs` the whole tree is restarting, and its boot finds the run again.
    drop(surroundings.runs.cast(RunsMsg::PutAside { run_id: run_id.clone(), failure }));
    me.stop(None);
}
