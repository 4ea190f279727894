//! One handler per command, a file per noun. A handler checks, calls, announces, returns.
//! From the command table: the typed calls that reach `root`, and the one place that answers them.

mod nodes;
mod runs;
mod settings;
mod system;
mod workflows;

use std::sync::Arc;

use protocol::nodes::{ListNodeTypes, NodeCatalogue};
use protocol::runs::{
    CancelRun, DecideItems, DeleteRun, DeletedRun, EventPage, GetRun, GetRunNode, ListQuarantine, ListRunEvents,
    ListRunNodes, ListRuns, NodeRunDetail, Quarantine, Run, RunList, RunNodes, StartRun,
};
use protocol::settings::{GetSetting, ListSettings, SetSetting, Setting, SettingList};
use protocol::system::{GetHealth, GetVersion, Health, Version};
use protocol::workflows::{
    CreateWorkflow, DeleteWorkflow, Deleted, DuplicateWorkflow, ExportWorkflow, Findings, GetWorkflow, ImportWorkflow,
    ListWorkflows, UpdateWorkflow, ValidateWorkflow, Workflow, WorkflowFile, WorkflowList,
};
use protocol::{Command, Failure};
use tokio::sync::oneshot;

use crate::actors::db::Db;
use crate::actors::events::Events;
use crate::actors::parts::Parts;
use crate::actors::run::Surroundings;
use crate::actors::runs::Runs;
use crate::actors::settings::Settings;
use crate::actors::sidecar::Sidecar;
use crate::actors::workflows::Workflows;

/// What handlers work with: handles, nothing that changes by itself.
pub struct Ctx {
    pub db: Db,
    pub events: Events,
    pub runs: Runs,
    pub workflows: Workflows,
    pub sidecar: Sidecar,
    pub settings: Settings,
    pub surroundings: Arc<Surroundings>,
    pub parts: Parts,
}

/// How a command is carried out.
pub trait Handle: Command {
    fn handle(self, ctx: &Ctx) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;
}

/// A command that `root` can be sent.
pub trait Routed: Command {
    fn into_call(self, answer: Answer<Self::Reply>) -> Call;
}

pub type Answer<Reply> = oneshot::Sender<Result<Reply, Failure>>;

macro_rules! define_calls {
    ($($name:literal $role:ident $verb:ident $path:literal $access:ident [$($topic:ident),*] $command:ident => $reply:ident;)+) => {
        /// One call under way: the command and where its answer goes.
        pub enum Call {
            $($command(Box<$command>, Answer<$reply>)),+
        }

        $(
            impl Routed for $command {
                fn into_call(self, answer: Answer<$reply>) -> Call {
                    Call::$command(Box::new(self), answer)
                }
            }
        )+

        /// Carries out a call and sends its answer.
        pub async fn answer(ctx: &Ctx, call: Call) {
            match call {
                $(Call::$command(command, answer) => {
                    let reply = command.handle(ctx).await;
                    // The caller may have stopped waiting.
                    drop(answer.send(reply));
                })+
            }
        }
    };
}

protocol::command_table!(define_calls);
