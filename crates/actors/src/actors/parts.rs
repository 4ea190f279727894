//! How the parts of the house are: written by `root`, read by health.
//! Starts and stops nothing.

use std::sync::Arc;

use dashmap::DashMap;
use protocol::system::{PartHealth, PartState};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Db,
    Events,
    Sidecar,
    Runs,
}

impl Part {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Db => "database",
            Self::Events => "events",
            Self::Sidecar => "sidecar",
            Self::Runs => "runs",
        }
    }
}

#[derive(Clone, Default)]
pub struct Parts(Arc<DashMap<Part, PartHealth>>);

impl Parts {
    pub fn up(&self, part: Part) {
        self.0.insert(part, PartHealth { state: PartState::Up, message: None, ..self.health(part) });
    }

    /// It failed with `reason` and will be started again.
    pub fn down(&self, part: Part, reason: &str) {
        let before = self.health(part);
        let (restarts, message) = (before.restarts + 1, Some(reason.to_owned()));
        self.0.insert(part, PartHealth { state: PartState::Down, restarts, message, ..before });
    }

    pub fn health(&self, part: Part) -> PartHealth {
        let known = self.0.get(&part).map(|health| health.clone());
        known.unwrap_or_else(|| PartHealth {
            part: part.name().to_owned(),
            state: PartState::Starting,
            restarts: 0,
            message: None,
        })
    }
}
