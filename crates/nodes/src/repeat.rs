//! The node type `loop`: what stands between here and the exit is done again and again.
//! Hands its value on; how many turns there are is the engine's.

use engine::graph::{LoopConfig, Until};
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};

use crate::face::{gives, takes};
use crate::{Context, Done, Inputs, Node, NodeFailure};

pub struct Loop;

impl Node for Loop {
    const KIND: &'static str = "loop";
    type Config = LoopConfig;

    fn face() -> Face {
        Face {
            label: "Loop".to_owned(),
            description: "Does the nodes up to the exit again and again.".to_owned(),
            group: Group::Flow,
            icon: "repeat".to_owned(),
            role: NodeRole::Loop,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("value", "Value of the turn", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &LoopConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        if !(1..=1_000).contains(&config.max_iterations) {
            let message = format!("is {}; possible are 1 to 1000", config.max_iterations);
            problems.push(("/max_iterations".to_owned(), message));
        }
        if let Until::Stable { similarity } = config.until
            && !(0.0..=1.0).contains(&similarity)
        {
            problems.push(("/until/similarity".to_owned(), format!("is {similarity}; possible are 0 to 1")));
        }
        problems
    }

    async fn run(_: &LoopConfig, mut inputs: Inputs, _: &Context) -> Result<Done, NodeFailure> {
        Ok(Done::one("value", inputs.take_or_null("input")))
    }
}
