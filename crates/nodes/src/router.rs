//! Sends what arrives along the branches whose rule it meets.
//! The value itself stays as it is.

use std::collections::BTreeSet;

use engine::Ports;
use engine::expression::{JsonPath, Template};
use protocol::nodes::{Face, Group, NodeRole, OutputPort, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::face::{gives, takes};
use crate::node::{parse, text_of};
use crate::outside::LARGE_BYTES;
use crate::pattern::Pattern;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// The port for what meets no rule.
const OTHERWISE: &str = "otherwise";
/// The engine's port for failures.
const ERROR: &str = "error";

/// Rules that decide where a value goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouterConfig {
    /// The branches, in the order in which their rules are tried. Each is an output of the node; what meets no rule
    /// leaves through `otherwise`.
    #[schemars(length(max = 64))]
    pub branches: Vec<RouterBranch>,
    /// How many branches the value may take.
    pub matching: Matching,
}

/// One output and the rule for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouterBranch {
    /// Name of the output: letters, digits, `_` and `-`.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub name: String,
    /// The rule that the value has to meet. A value that is not text is looked at as its JSON text.
    pub when: Rule,
}

/// How many branches a value may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Only the first branch whose rule is met.
    #[default]
    First,
    /// Every branch whose rule is met.
    All,
}

/// What a value has to meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The text contains another one.
    #[schemars(title = "Contains")]
    Contains {
        /// What to look for.
        text: String,
        /// Whether upper and lower case are different.
        #[serde(default)]
        case_sensitive: bool,
    },
    /// The value equals another one.
    #[schemars(title = "Equals")]
    Equals {
        /// What to compare with: text, a number, or any other JSON value.
        #[schemars(extend("x-widget" = "code", "x-language" = "json"))]
        value: Value,
    },
    /// The text matches a regular expression somewhere.
    #[schemars(title = "Matches a pattern")]
    Regex {
        /// The regular expression, in the syntax of Rust's `regex`. `(?i)` in front ignores case.
        pattern: Pattern,
    },
    /// The text has more characters than this.
    #[schemars(title = "Is longer than")]
    LongerThan {
        /// Number of characters.
        characters: u64,
    },
    /// The text has fewer characters than this.
    #[schemars(title = "Is shorter than")]
    ShorterThan {
        /// Number of characters.
        characters: u64,
    },
    /// A JSONPath selects something in the value.
    #[schemars(title = "Has")]
    Exists {
        /// The path, such as `$.errors[0]`.
        path: JsonPath,
    },
    /// A template gives something that is not empty, `false`, `0`, `none` or `null`.
    #[schemars(title = "Expression")]
    Expression {
        /// The template, such as `{{ input.score > 0.5 }}`.
        template: Template,
    },
}

impl Default for RouterConfig {
    fn default() -> Self {
        let when = Rule::Contains { text: "yes".to_owned(), case_sensitive: false };
        Self { branches: vec![RouterBranch { name: "yes".to_owned(), when }], matching: Matching::First }
    }
}

pub struct Router;

impl Node for Router {
    const KIND: &'static str = "router";
    type Config = RouterConfig;

    fn face() -> Face {
        Face {
            label: "Router".to_owned(),
            description: "Sends a value along the branches whose rules it meets.".to_owned(),
            group: Group::Flow,
            icon: "split".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                OutputPort::Config { field: "branches".to_owned(), value_type: PortType::Any },
                gives(OTHERWISE, "Otherwise", PortType::Any),
            ],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &RouterConfig) -> Vec<(String, String)> {
        let mut seen = BTreeSet::from([OTHERWISE, ERROR]);
        let mut problems = Vec::new();
        for (place, branch) in config.branches.iter().enumerate() {
            if !seen.insert(branch.name.as_str()) {
                problems.push((format!("/branches/{place}/name"), format!("the name `{}` is taken", branch.name)));
            }
        }
        problems
    }

    async fn run(config: &RouterConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let value = inputs.required("input")?;
        let mut taken = Ports::new();
        for branch in &config.branches {
            if meets(&branch.when, value, context).await? {
                taken.insert(PortName::from(branch.name.as_str()), value.clone());
                if config.matching == Matching::First {
                    break;
                }
            }
        }
        if taken.is_empty() {
            taken.insert(PortName::from(OTHERWISE), value.clone());
        }
        Ok(taken.into())
    }
}

async fn meets(rule: &Rule, value: &Payload, context: &Context) -> Result<bool, NodeFailure> {
    if let Rule::Expression { template } = rule {
        return Ok(is_true(&context.render(template, "template").await?));
    }
    // A path may select each value many times over.
    if value.bytes() < LARGE_BYTES && !matches!(rule, Rule::Exists { .. }) {
        return meets_now(rule, value);
    }
    let (rule, value) = (rule.clone(), value.clone());
    context.outside.compute.run("the rule", move || meets_now(&rule, &value)).await?
}

fn meets_now(rule: &Rule, value: &Payload) -> Result<bool, NodeFailure> {
    Ok(match rule {
        Rule::Contains { text, case_sensitive: true } => text_of(value, "input")?.contains(text.as_str()),
        Rule::Contains { text, case_sensitive: false } => {
            text_of(value, "input")?.to_lowercase().contains(&text.to_lowercase())
        }
        Rule::Equals { value: expected } => parse::<Value>(value, "input")? == *expected,
        Rule::Regex { pattern } => pattern.is_match(&text_of(value, "input")?),
        Rule::LongerThan { characters } => text_of(value, "input")?.chars().count() as u64 > *characters,
        Rule::ShorterThan { characters } => (text_of(value, "input")?.chars().count() as u64) < *characters,
        Rule::Exists { path } => !path.query(&parse(value, "input")?).is_empty(),
        Rule::Expression { .. } => {
            return Err(NodeFailure::new("internal", "an expression was tried without its scope"));
        }
    })
}

/// What a template says. minijinja writes an absent value as `none`.
pub fn is_true(text: &str) -> bool {
    !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "false" | "0" | "0.0" | "none" | "null")
}

#[cfg(test)]
mod tests;
