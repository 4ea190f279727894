//! The root of the tree: starts the parts in order, starts them again when they fail, and routes calls. It awaits no work.
//! Supervised by nobody: when it gives up, `Studio::ended` resolves and the process ends.
//! Policy: one for one; a part that fails too often within a minute ends the house, except the sidecar, which heals itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::actors::db::{Db, DbActor, DbArguments};
use crate::actors::events::{Events, EventsActor};
use crate::actors::parts::Part;
use crate::actors::runs::{Counts, RunsActor, RunsArguments};
use crate::actors::sidecar::{SidecarActor, SidecarArguments};
use crate::actors::supervise::{History, RestartPolicy, Verdict};
use crate::commands::{Call, Ctx, answer};
use crate::config::SidecarOptions;

const POLICY: RestartPolicy = RestartPolicy {
    max_restarts: 5,
    window: Duration::from_secs(60),
    backoff: Duration::from_millis(50),
    max_backoff: Duration::from_secs(2),
};
/// Time for one part to end in order before it is ended anyway.
const STOP_LIMIT: Duration = Duration::from_secs(10);

pub enum RootMsg {
    /// The permit bounds the calls in flight and is given back with the answer.
    Call(Call, OwnedSemaphorePermit),
    Restart(Part),
    /// Ends all parts, the last started first.
    Stop(oneshot::Sender<()>),
}

/// In the order of their start.
const PARTS: [Part; 4] = [Part::Db, Part::Events, Part::Sidecar, Part::Runs];

pub struct RootActor;

pub struct RootArguments {
    pub ctx: Arc<Ctx>,
    pub store: store::Options,
    pub sidecar: SidecarOptions,
    pub counts: Arc<Counts>,
    pub max_in_flight: usize,
    pub keep_days: u32,
}

pub struct RootState {
    arguments: RootArguments,
    children: HashMap<ActorId, (Part, ActorCell)>,
    histories: HashMap<Part, History>,
    stopping: bool,
}

impl Actor for RootActor {
    type Msg = RootMsg;
    type State = RootState;
    type Arguments = RootArguments;

    async fn pre_start(
        &self,
        myself: ActorRef<RootMsg>,
        arguments: RootArguments,
    ) -> Result<RootState, ActorProcessingErr> {
        let mut state = RootState { arguments, children: HashMap::new(), histories: HashMap::new(), stopping: false };
        for part in PARTS {
            state.start(&myself, part).await?;
            if part == Part::Db {
                let stored = state.arguments.ctx.db.read(|sql| store::settings::list(sql)).await?;
                state.arguments.ctx.settings.load(stored);
            }
        }
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<RootMsg>,
        message: RootMsg,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RootMsg::Call(call, permit) => {
                let ctx = state.arguments.ctx.clone();
                tokio::spawn(async move {
                    answer(&ctx, call).await;
                    drop(permit);
                });
            }
            RootMsg::Restart(_) if state.stopping => {}
            RootMsg::Restart(part) => {
                if let Err(error) = state.start(&myself, part).await {
                    state.failed(&myself, part, &error.to_string())?;
                }
            }
            RootMsg::Stop(done) => {
                state.stopping = true;
                let mut parts: Vec<(Part, ActorCell)> = state.children.drain().map(|(_, child)| child).collect();
                parts.sort_by_key(|(part, _)| std::cmp::Reverse(PARTS.iter().position(|one| one == part)));
                tokio::spawn(stop_all(parts, myself, done));
            }
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to ractor")]
    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<RootMsg>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(cell, _, reason) => {
                if let Some((part, _)) = state.children.remove(&cell.get_id()) {
                    state.failed(&myself, part, reason.as_deref().unwrap_or("ended without a reason"))?;
                }
            }
            SupervisionEvent::ActorFailed(cell, error) => {
                if let Some((part, _)) = state.children.remove(&cell.get_id()) {
                    state.failed(&myself, part, &error.to_string())?;
                }
            }
            // Starts and group changes ask for nothing.
            _ => {}
        }
        Ok(())
    }
}

impl RootState {
    async fn start(&mut self, me: &ActorRef<RootMsg>, part: Part) -> Result<(), SpawnErr> {
        let supervisor = me.get_cell();
        let ctx = &self.arguments.ctx;
        let cell = match part {
            Part::Db => {
                let arguments = DbArguments { options: self.arguments.store.clone(), handle: ctx.db.clone() };
                DbActor::spawn_linked(None, DbActor, arguments, supervisor).await?.0.get_cell()
            }
            Part::Events => {
                let (actor, _) = EventsActor::spawn_linked(None, EventsActor, ctx.events.clone(), supervisor).await?;
                ctx.events.slot.fill(actor.clone());
                actor.get_cell()
            }
            Part::Sidecar => {
                let options = self.arguments.sidecar.clone();
                let arguments = SidecarArguments { options, handle: ctx.sidecar.clone() };
                SidecarActor::spawn_linked(None, SidecarActor, arguments, supervisor).await?.0.get_cell()
            }
            Part::Runs => {
                let arguments = RunsArguments {
                    surroundings: ctx.surroundings.clone(),
                    counts: self.arguments.counts.clone(),
                    max_in_flight: self.arguments.max_in_flight,
                    keep_days: self.arguments.keep_days,
                };
                let (actor, _) = RunsActor::spawn_linked(None, RunsActor, arguments, supervisor).await?;
                ctx.surroundings.runs.fill(actor.clone());
                actor.get_cell()
            }
        };
        self.children.insert(cell.get_id(), (part, cell));
        ctx.parts.up(part);
        Ok(())
    }

    fn failed(&mut self, me: &ActorRef<RootMsg>, part: Part, reason: &str) -> Result<(), ActorProcessingErr> {
        if self.stopping {
            return Ok(());
        }
        tracing::error!(?part, %reason, "a part of the house failed");
        self.arguments.ctx.parts.down(part, reason);
        match POLICY.decide(self.histories.entry(part).or_default(), Instant::now()) {
            Verdict::Restart { after } => {
                me.send_after(after, move || RootMsg::Restart(part));
                Ok(())
            }
            Verdict::GiveUp => Err(format!("{part:?} failed too often: {reason}").into()),
        }
    }
}

async fn stop_all(parts: Vec<(Part, ActorCell)>, root: ActorRef<RootMsg>, done: oneshot::Sender<()>) {
    for (part, cell) in parts {
        if let Err(error) = cell.stop_and_wait(None, Some(STOP_LIMIT)).await {
            tracing::warn!(?part, %error, "a part did not end in order");
        }
    }
    root.stop(None);
    // Whoever waits for the end sees this sender go.
    drop(done);
}

/// Handles that find each other before any actor runs.
pub fn handles() -> (Db, Events) {
    let db = Db::default();
    let events = Events::new(db.clone());
    (db, events)
}
