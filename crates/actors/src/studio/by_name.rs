//! Calls by wire name, from and to JSON text: one match over the command table.
//! Made from the rows, so no name is written twice.

use protocol::nodes::ListNodeTypes;
use protocol::runs::{
    CancelRun, DecideItems, DeleteRun, GetRun, GetRunNode, ListQuarantine, ListRunEvents, ListRunNodes, ListRuns,
    StartRun,
};
use protocol::settings::{GetSetting, ListSettings, SetSetting};
use protocol::system::{GetHealth, GetVersion};
use protocol::workflows::{
    CreateWorkflow, DeleteWorkflow, DuplicateWorkflow, ExportWorkflow, GetWorkflow, ImportWorkflow, ListWorkflows,
    UpdateWorkflow, ValidateWorkflow,
};
use protocol::{Caller, Code, Command, Failure};

use super::Studio;

macro_rules! define_call_by_name {
    ($($name:literal $role:ident $verb:ident $path:literal $access:ident [$($topic:ident),*] $command:ident => $reply:ident;)+) => {
        pub async fn call(studio: &Studio, caller: &Caller, name: &str, params: &str) -> Result<String, Failure> {
            match name {
                $($name => {
                    let command: $command = read_params(params)?;
                    write_reply(&studio.call(caller, command).await?)
                })+
                _ => Err(Failure::new(Code::NotFound, format!("there is no command `{name}`"))),
            }
        }
    };
}

protocol::command_table!(define_call_by_name);

/// Unknown fields and wrong types are refused with what was expected.
fn read_params<Params: Command>(params: &str) -> Result<Params, Failure> {
    let params = if params.trim().is_empty() { "{}" } else { params };
    serde_json::from_str(params).map_err(|error| {
        Failure::new(Code::InvalidRequest, format!("the params of `{}` cannot be read: {error}", Params::NAME))
    })
}

fn write_reply<Reply: serde::Serialize>(reply: &Reply) -> Result<String, Failure> {
    serde_json::to_string(reply)
        .map_err(|error| Failure::new(Code::Internal, format!("the reply cannot be written: {error}")))
}
