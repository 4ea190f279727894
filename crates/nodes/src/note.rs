//! Text on the canvas for whoever reads the workflow.
//! The engine leaves notes out of the graph, so that none ever runs.

use protocol::nodes::{Face, Group, NodeRole, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Text on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NoteConfig {
    /// What the note says, in Markdown.
    #[schemars(extend("x-widget" = "text_area"))]
    pub text: String,
}

pub struct Note;

impl Node for Note {
    const KIND: &'static str = "note";
    type Config = NoteConfig;

    fn face() -> Face {
        Face {
            label: "Note".to_owned(),
            description: "Explains a part of the workflow on the canvas and never runs.".to_owned(),
            group: Group::Utility,
            icon: "sticky-note".to_owned(),
            role: NodeRole::Note,
            inputs: vec![],
            outputs: vec![],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(_: &NoteConfig, _: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        Err(NodeFailure::new("not_runnable", "a note was started, though notes never run"))
    }
}
