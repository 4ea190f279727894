//! One execution of one workflow. Owns its `Execution`; steps that take time run in tasks of their own and come back
//! as messages.
//! Supervised by `runs`. Survives a crash: everything in the journal; a new actor folds it and goes on.
//! Has no linked children, so it has no supervision policy of its own.

mod book;
mod decisions;
mod execution;
mod load;

use std::collections::BTreeMap;
use std::sync::Arc;

use nodes::Outside;
use protocol::runs::{DecideItems, Run};
use protocol::{Failure, Payload, RunId};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::oneshot;

use self::execution::Execution;
pub use self::load::{Loaded, load};
use super::attempt::{AttemptLimits, Ended};
use super::db::Db;
use super::events::Events;
use super::runs::RunsMsg;
use super::slot::Slot;
use super::workflows::{Ready, Workflows};

pub type Reply = oneshot::Sender<Result<Run, Failure>>;

pub enum RunMsg {
    /// A new run begins; its first commit makes it exist.
    Begin {
        ready: Arc<Ready>,
        inputs: BTreeMap<String, Payload>,
        at_ms: i64,
    },
    /// A run that exists is taken up from its journal.
    Load,
    Loaded(Box<Result<Loaded, Failure>>),
    NodeEnded(Box<Ended>),
    Durable(Result<(), Failure>),
    Linger,
    /// At least one timer is due.
    Timer,
    Cancel {
        reply: Reply,
    },
    Decide {
        decide: Box<DecideItems>,
        reply: Reply,
    },
    /// Answer once everything so far is durable.
    Report {
        reply: Reply,
    },
}

impl RunMsg {
    /// Sent by `runs`, which counts these to know when a run may retire.
    fn is_from_runs(&self) -> bool {
        match self {
            Self::Begin { .. }
            | Self::Load
            | Self::Timer
            | Self::Cancel { .. }
            | Self::Decide { .. }
            | Self::Report { .. } => true,
            Self::Loaded(_) | Self::NodeEnded(_) | Self::Durable(_) | Self::Linger => false,
        }
    }
}

/// What every run needs from the house.
pub struct Surroundings {
    pub db: Db,
    pub events: Events,
    pub runs: Slot<RunsMsg>,
    pub workflows: Workflows,
    pub outside: Arc<Outside>,
    pub limits: AttemptLimits,
}

pub struct RunActor;

pub struct RunArguments {
    pub run_id: RunId,
    pub surroundings: Arc<Surroundings>,
}

pub struct RunActorState {
    run_id: RunId,
    surroundings: Arc<Surroundings>,
    /// Messages of `runs` handled so far.
    received: u64,
    /// Empty until the run began or its journal is read.
    execution: Option<Execution>,
    /// What arrived before that.
    backlog: Vec<RunMsg>,
}

impl Actor for RunActor {
    type Msg = RunMsg;
    type State = RunActorState;
    type Arguments = RunArguments;

    async fn pre_start(
        &self,
        _: ActorRef<RunMsg>,
        arguments: RunArguments,
    ) -> Result<RunActorState, ActorProcessingErr> {
        let RunArguments { run_id, surroundings } = arguments;
        Ok(RunActorState { run_id, surroundings, received: 0, execution: None, backlog: Vec::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<RunMsg>,
        message: RunMsg,
        state: &mut RunActorState,
    ) -> Result<(), ActorProcessingErr> {
        state.received += u64::from(message.is_from_runs());
        match message {
            RunMsg::Begin { ready, inputs, at_ms } => {
                let place = (myself, state.run_id.clone(), state.surroundings.clone());
                state.execution = Some(Execution::begin(place, ready, inputs, at_ms));
            }
            RunMsg::Load => load::spawn(myself, state.run_id.clone(), state.surroundings.clone()),
            RunMsg::Loaded(loaded) => match *loaded {
                Ok(loaded) => {
                    let place = (myself, state.run_id.clone(), state.surroundings.clone());
                    let mut execution = Execution::take_up(place, loaded)?;
                    for message in std::mem::take(&mut state.backlog) {
                        execution.take(message);
                    }
                    state.execution = Some(execution);
                }
                Err(failure) => load::give_back(&myself, &state.run_id, &state.surroundings, failure),
            },
            message @ (RunMsg::NodeEnded(_)
            | RunMsg::Durable(_)
            | RunMsg::Linger
            | RunMsg::Timer
            | RunMsg::Cancel { .. }
            | RunMsg::Decide { .. }
            | RunMsg::Report { .. }) => match state.execution.as_mut() {
                Some(execution) => execution.take(message),
                None => state.backlog.push(message),
            },
        }
        if let Some(execution) = state.execution.as_mut() {
            execution.settle(state.received);
        }
        Ok(())
    }
}
