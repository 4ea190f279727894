//! Keeps the items of a list that meet a condition. The others leave by a port of their own.
//! Items stay as they are, in their order.

mod rules;

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::rules::{Rule, Test};
use crate::face::{gives, takes};
use crate::item_template;
use crate::list::{self, Field};
use crate::node::payload;
use crate::router::is_true;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// The items of a list that meet a condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilterConfig {
    /// What an item has to meet in order to be kept.
    pub condition: Condition,
}

/// What an item has to meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Rules that compare fields of the item.
    #[schemars(title = "Rules")]
    Rules {
        /// The rules. Without any, every item is kept.
        #[schemars(length(max = 64))]
        rules: Vec<Rule>,
        /// How many of the rules an item has to meet.
        #[serde(default)]
        combine: Combine,
        /// Whether upper and lower case are different when texts are compared.
        #[serde(default)]
        case_sensitive: bool,
    },
    /// A template gives something that is not empty, `false`, `0`, `none` or `null`.
    #[schemars(title = "Expression")]
    Expression {
        /// The template, such as `{{ item.price > 100 and item.stock }}`. `{{ item }}` is the item.
        template: Template,
    },
}

/// How many rules have to be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Every rule (and).
    #[default]
    All,
    /// At least one rule (or).
    Any,
}

impl Default for Condition {
    fn default() -> Self {
        let rules = vec![Rule { field: Field::default(), test: Test::IsNotEmpty }];
        Self::Rules { rules, combine: Combine::All, case_sensitive: false }
    }
}

pub struct Filter;

impl Node for Filter {
    const KIND: &'static str = "filter";
    type Config = FilterConfig;

    fn face() -> Face {
        Face {
            label: "Filter".to_owned(),
            description: "Keeps the items of a list that meet a condition (where, select, if).".to_owned(),
            group: Group::Data,
            icon: "funnel".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "List", PortType::List)],
            outputs: vec![gives("kept", "Kept", PortType::List), gives("dropped", "Dropped", PortType::List)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &FilterConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let arrived = inputs.required("input")?.clone();
        let bytes = if config.condition.is_plain() { arrived.bytes() } else { usize::MAX };
        let (condition, scope) = (config.condition.clone(), context.scope.clone());
        let outputs = list::compute(context, "the filter", bytes, move || {
            let (mut kept, mut dropped) = (Vec::new(), Vec::new());
            for (place, item) in list::items(&arrived, "input")?.into_iter().enumerate() {
                let is_met = condition.is_met(&scope, &item, place + 1)?;
                if is_met { kept.push(item) } else { dropped.push(item) }
            }
            let ports = [(PortName::from("kept"), payload(&kept)?), (PortName::from("dropped"), payload(&dropped)?)];
            Ok(Ports::from(ports))
        });
        Ok(outputs.await?.into())
    }
}

impl Condition {
    /// Whether it holds no templates that have to be filled in.
    fn is_plain(&self) -> bool {
        match self {
            Self::Rules { rules, .. } => rules.iter().all(|rule| rule.test.is_plain()),
            Self::Expression { template } => item_template::is_plain(template),
        }
    }

    fn is_met(&self, scope: &engine::Scope, item: &Payload, number: usize) -> Result<bool, NodeFailure> {
        let (rules, combine, case_sensitive) = match self {
            Self::Expression { template } => {
                return Ok(is_true(&item_template::render(template, scope, item, (number, "template"))?));
            }
            Self::Rules { rules, combine, case_sensitive } => (rules, combine, *case_sensitive),
        };
        let value = list::value(item, number)?;
        for rule in rules {
            let fill_in = |template: &Template| item_template::render(template, scope, item, (number, "value"));
            let is_met = rule.test.is_met(rule.field.find(&value), case_sensitive, fill_in)?;
            match combine {
                Combine::All if !is_met => return Ok(false),
                Combine::Any if is_met => return Ok(true),
                Combine::All | Combine::Any => {}
            }
        }
        Ok(*combine == Combine::All || rules.is_empty())
    }
}

#[cfg(test)]
mod tests;
