//! The system about itself.
//! Answers from what is at hand: no part of the tree is waited for.

use std::sync::atomic::Ordering;

use protocol::Failure;
use protocol::system::{GetHealth, GetVersion, Health, PartState, Version};

use super::{Ctx, Handle};
use crate::actors::parts::Part;

impl Handle for GetHealth {
    async fn handle(self, ctx: &Ctx) -> Result<Health, Failure> {
        let mut database = ctx.parts.health(Part::Db);
        if database.state == PartState::Up
            && let Err(failure) = ctx.db.answers()
        {
            (database.state, database.message) = (PartState::Down, Some(failure.message));
        }
        let needed = [database, ctx.parts.health(Part::Events), ctx.parts.health(Part::Runs)];
        let ready = needed.iter().all(|part| part.state == PartState::Up);
        let counts = &ctx.runs.counts;
        Ok(Health {
            ready,
            parts: needed.into_iter().chain([ctx.sidecar.health()]).collect(),
            runs_in_flight: counts.live.load(Ordering::Relaxed),
            runs_waiting: counts.parked.load(Ordering::Relaxed),
            runs_queued: counts.queued.load(Ordering::Relaxed),
        })
    }
}

impl Handle for GetVersion {
    async fn handle(self, ctx: &Ctx) -> Result<Version, Failure> {
        Ok(Version {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            format: "ai-studio/1".to_owned(),
            database: ctx.db.description()?,
        })
    }
}
