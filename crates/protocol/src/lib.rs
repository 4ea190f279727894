//! The words of the house: commands and their replies, events, ids, failures, and the workflow format.
//! Everything that crosses a boundary is a type here. No logic, no I/O, no runtime: any floor may read it.

pub mod event;
pub mod failure;
pub mod ids;
pub mod nodes;
pub mod payload;
pub mod runs;
pub mod settings;
pub mod system;
pub mod table;
pub mod workflows;

pub use event::{Announced, Event, EventFilter, Frame, Signal, Topic};
pub use failure::{Code, Failure};
pub use ids::{ItemPath, NodeId, PortName, RunId, SettingKey, WorkflowId};
pub use payload::Payload;
pub use table::{Access, Caller, Command, Role, Row, Verb, catalogue};
