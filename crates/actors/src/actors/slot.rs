//! The place where a singleton's current actor is found.
//! Handles hold a slot, so they outlive restarts.

use std::sync::{Arc, PoisonError, RwLock};

use protocol::{Code, Failure};
use ractor::{ActorRef, Message};

pub struct Slot<Msg> {
    part: &'static str,
    current: Arc<RwLock<Option<ActorRef<Msg>>>>,
}

impl<Msg> Clone for Slot<Msg> {
    fn clone(&self) -> Self {
        Self { part: self.part, current: self.current.clone() }
    }
}

impl<Msg: Message> Slot<Msg> {
    pub fn empty(part: &'static str) -> Self {
        Self { part, current: Arc::default() }
    }

    pub fn fill(&self, actor: ActorRef<Msg>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(actor);
    }

    /// Hands `message` to the current actor; `unavailable` while there is none.
    pub fn cast(&self, message: Msg) -> Result<(), Failure> {
        let guard = self.current.read().unwrap_or_else(PoisonError::into_inner);
        match guard.as_ref().map(|actor| actor.cast(message)) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.missing()),
        }
    }

    pub fn actor(&self) -> Option<ActorRef<Msg>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn missing(&self) -> Failure {
        Failure::new(Code::Unavailable, format!("`{}` is restarting; try again", self.part))
    }
}
