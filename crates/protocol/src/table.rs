//! The command table: every capability is one row here.
//! A row reads: name, least role, verb and path, what it does to which topics, command type => reply type.
//! `command_table!` hands the rows to a callback macro, so that each floor makes from them what it needs.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Topic;
use crate::nodes::{ListNodeTypes, NodeCatalogue};
use crate::runs::{
    CancelRun, DecideItems, DeleteRun, DeletedRun, EventPage, GetRun, GetRunNode, ListQuarantine, ListRunEvents,
    ListRunNodes, ListRuns, NodeRunDetail, Quarantine, Run, RunList, RunNodes, StartRun,
};
use crate::settings::{GetSetting, ListSettings, SetSetting, Setting, SettingList};
use crate::system::{GetHealth, GetVersion, Health, Version};
use crate::workflows::{
    CreateWorkflow, DeleteWorkflow, Deleted, DuplicateWorkflow, ExportWorkflow, Findings, GetWorkflow, ImportWorkflow,
    ListWorkflows, UpdateWorkflow, ValidateWorkflow, Workflow, WorkflowFile, WorkflowList,
};

#[macro_export]
macro_rules! command_table {
    ($($callback:tt)+) => { $($callback)+! {
        "workflows.create"    Editor Post   "/api/workflows"                changes [Workflows]       CreateWorkflow    => Workflow;
        "workflows.get"       Viewer Get    "/api/workflows/{id}"           reads   [Workflows]       GetWorkflow       => Workflow;
        "workflows.list"      Viewer Get    "/api/workflows"                reads   [Workflows]       ListWorkflows     => WorkflowList;
        "workflows.update"    Editor Put    "/api/workflows/{id}"           changes [Workflows]       UpdateWorkflow    => Workflow;
        "workflows.delete"    Editor Delete "/api/workflows/{id}"           changes [Workflows, Runs] DeleteWorkflow    => Deleted;
        "workflows.duplicate" Editor Post   "/api/workflows/{id}/duplicate" changes [Workflows]       DuplicateWorkflow => Workflow;
        "workflows.validate"  Viewer Post   "/api/workflows/validate"       reads   []                ValidateWorkflow  => Findings;
        "workflows.export"    Viewer Get    "/api/workflows/{id}/export"    reads   [Workflows]       ExportWorkflow    => WorkflowFile;
        "workflows.import"    Editor Post   "/api/workflows/import"         changes [Workflows]       ImportWorkflow    => Workflow;
        "runs.start"          Editor Post   "/api/workflows/{workflow_id}/runs" changes [Runs]        StartRun          => Run;
        "runs.get"            Viewer Get    "/api/runs/{id}"                reads   [Runs]            GetRun            => Run;
        "runs.list"           Viewer Get    "/api/runs"                     reads   [Runs]            ListRuns          => RunList;
        "runs.cancel"         Editor Post   "/api/runs/{id}/cancel"         changes [Runs]            CancelRun         => Run;
        "runs.delete"         Editor Delete "/api/runs/{id}"                changes [Runs]            DeleteRun         => DeletedRun;
        "runs.events"         Viewer Get    "/api/runs/{id}/events"         reads   [Runs]            ListRunEvents     => EventPage;
        "runs.nodes"          Viewer Get    "/api/runs/{id}/nodes"          reads   [Runs]            ListRunNodes      => RunNodes;
        "runs.node"           Viewer Get    "/api/runs/{id}/nodes/{node_id}" reads  [Runs]            GetRunNode        => NodeRunDetail;
        "runs.quarantine"     Viewer Get    "/api/runs/{id}/quarantine"     reads   [Runs]            ListQuarantine    => Quarantine;
        "runs.decide_items"   Editor Post   "/api/runs/{id}/quarantine"     changes [Runs]            DecideItems       => Run;
        "nodes.list"          Viewer Get    "/api/nodes"                    reads   [Nodes]           ListNodeTypes     => NodeCatalogue;
        "settings.get"        Viewer Get    "/api/settings/{key}"           reads   [Settings]        GetSetting        => Setting;
        "settings.list"       Viewer Get    "/api/settings"                 reads   [Settings]        ListSettings      => SettingList;
        "settings.set"        Admin  Put    "/api/settings/{key}"           changes [Settings]        SetSetting        => Setting;
        "system.health"       Viewer Get    "/api/system/health"            reads   [System]          GetHealth         => Health;
        "system.version"      Viewer Get    "/api/system/version"           reads   []                GetVersion        => Version;
    } };
}

/// A typed command: what is sent, what comes back, who may send it.
pub trait Command: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    const NAME: &'static str;
    const ROLE: Role;
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// One row of the table as data.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub role: Role,
    pub verb: Verb,
    pub path: &'static str,
    pub access: Access,
    pub topics: &'static [Topic],
    pub params_schema: fn(&mut SchemaGenerator) -> Schema,
    pub reply_schema: fn(&mut SchemaGenerator) -> Schema,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Reads,
    Changes,
}

/// What a caller may do; each role includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Viewer,
    Editor,
    Admin,
    Owner,
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        })
    }
}

/// Who calls, as the shell has established it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub name: String,
    pub role: Role,
}

impl Caller {
    /// The person at the desktop, or the process itself.
    pub fn owner() -> Self {
        Self { name: "owner".to_owned(), role: Role::Owner }
    }
}

macro_rules! access {
    (reads) => {
        Access::Reads
    };
    (changes) => {
        Access::Changes
    };
}

macro_rules! define_commands {
    ($($name:literal $role:ident $verb:ident $path:literal $access:ident [$($topic:ident),*] $command:ident => $reply:ident;)+) => {
        $(
            impl Command for $command {
                const NAME: &'static str = $name;
                const ROLE: Role = Role::$role;
                type Reply = $reply;
            }
        )+

        /// All rows, in the table's order.
        pub fn catalogue() -> &'static [Row] {
            &[$(Row {
                name: $name,
                role: Role::$role,
                verb: Verb::$verb,
                path: $path,
                access: access!($access),
                topics: &[$(Topic::$topic),*],
                params_schema: |generator| generator.subschema_for::<$command>(),
                reply_schema: |generator| generator.subschema_for::<$reply>(),
            }),+]
        }
    };
}

command_table!(define_commands);
