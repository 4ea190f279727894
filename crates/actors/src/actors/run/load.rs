//! Reads a stored run back: its row, its journal, the revision it is pinned to.
//! Changes nothing in the store.

use std::sync::Arc;

use engine::Input;
use protocol::runs::RunSummary;
use protocol::{Failure, RunId};
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
    let ready = surroundings.workflows.pinned(&row.workflow_id, row.workflow_revision).await?;
    Ok(Loaded { ready, row, entries })
}

/// The run cannot go on here and now: `runs` decides when to try again.
pub fn give_back(me: &ActorRef<RunMsg>, run_id: &RunId, surroundings: &Surroundings, failure: Failure) {
    tracing::warn!(%run_id, %failure, "run is put aside");
    // Without `runs` the whole tree is restarting, and its boot finds the run again.
    drop(surroundings.runs.cast(RunsMsg::PutAside { run_id: run_id.clone(), failure }));
    me.stop(None);
}
