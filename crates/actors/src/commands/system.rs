//! The system about itself.
//! Answers from what is at hand: no part of the tree is waited for.

use std::sync::atomic::Ordering;

use protocol::Failure;
use protocol::system::{GetHealth, GetVersion, Health, PartHealth, PartState, Version};

use super::{Ctx, Handle};

impl Handle for GetHealth {
    async fn handle(self, ctx: &Ctx) -> Result<Health, Failure> {
        let database = ctx.db.write(|_| Ok(())).await;
        let ready = database.is_ok();
        let part = |part: &str, state: PartState, message: Option<String>| PartHealth {
            part: part.to_owned(),
            state,
            restarts: ctx.db.restarts(),
            message,
        };
        let database = match database {
            Ok(()) => part("database", PartState::Up, None),
            Err(failure) => part("database", PartState::Down, Some(failure.message)),
        };
        let counts = &ctx.runs.counts;
        Ok(Health {
            ready,
            parts: vec![database, ctx.sidecar.health()],
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
