//! One rule of a filter: a field of an item and what it has to meet.
//! Numbers compare by value, all else as text; a field that is absent meets only what asks for that.

use std::cmp::Ordering;

use engine::expression::Template;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::NodeFailure;
use crate::compare::{Numeric, text_of};
use crate::item_template;
use crate::list::Field;
use crate::pattern::Pattern;

/// A field and what it has to meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the field, such as `price` or `customer.city`. Empty for the item itself.
    #[serde(default)]
    pub field: Field,
    /// What the field has to meet.
    pub test: Test,
}

/// What a field has to meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// It is the same. A number is compared by its value, a text letter by letter.
    #[schemars(title = "Equals")]
    Equals {
        /// What to compare with, such as `paid`, `10` or `{{ inputs.status }}`.
        value: Template,
    },
    /// It is absent or different.
    #[schemars(title = "Does not equal")]
    NotEquals {
        /// What to compare with.
        value: Template,
    },
    /// A text contains another one, or a list an element.
    #[schemars(title = "Contains")]
    Contains {
        /// What to look for.
        value: Template,
    },
    /// A text does not contain another one, nor a list an element.
    #[schemars(title = "Does not contain")]
    NotContains {
        /// What to look for.
        value: Template,
    },
    /// The text begins with another one.
    #[schemars(title = "Starts with")]
    StartsWith {
        /// The beginning.
        value: Template,
    },
    /// The text ends with another one.
    #[schemars(title = "Ends with")]
    EndsWith {
        /// The end.
        value: Template,
    },
    /// The text matches a regular expression somewhere.
    #[schemars(title = "Matches a pattern")]
    Matches {
        /// The regular expression, in the syntax of Rust's `regex`. `(?i)` in front ignores case.
        pattern: Pattern,
    },
    /// It is a greater number, or a later text: dates such as `1999-12-31` compare well as text.
    #[schemars(title = "Is greater than")]
    GreaterThan {
        /// What to compare with.
        value: Template,
    },
    /// It is a greater number or the same, or a later text or the same.
    #[schemars(title = "Is at least")]
    AtLeast {
        /// What to compare with.
        value: Template,
    },
    /// It is a smaller number, or an earlier text.
    #[schemars(title = "Is less than")]
    LessThan {
        /// What to compare with.
        value: Template,
    },
    /// It is a smaller number or the same, or an earlier text or the same.
    #[schemars(title = "Is at most")]
    AtMost {
        /// What to compare with.
        value: Template,
    },
    /// It is absent, null, or an empty text, list or object.
    #[schemars(title = "Is empty")]
    IsEmpty,
    /// It is there and not empty.
    #[schemars(title = "Is not empty")]
    IsNotEmpty,
    /// It is `true`, as a truth value or as text.
    #[schemars(title = "Is true")]
    IsTrue,
    /// It is `false`, as a truth value or as text.
    #[schemars(title = "Is false")]
    IsFalse,
}

impl Test {
    /// Whether there is nothing to fill in.
    pub fn is_plain(&self) -> bool {
        match self {
            Self::Equals { value }
            | Self::NotEquals { value }
            | Self::Contains { value }
            | Self::NotContains { value }
            | Self::StartsWith { value }
            | Self::EndsWith { value }
            | Self::GreaterThan { value }
            | Self::AtLeast { value }
            | Self::LessThan { value }
            | Self::AtMost { value } => item_template::is_plain(value),
            Self::Matches { .. } | Self::IsEmpty | Self::IsNotEmpty | Self::IsTrue | Self::IsFalse => true,
        }
    }

    /// `fill_in` renders the value to compare with.
    pub fn is_met(
        &self,
        found: Option<&Value>,
        case_sensitive: bool,
        fill_in: impl Fn(&Template) -> Result<String, NodeFailure>,
    ) -> Result<bool, NodeFailure> {
        let found = found.filter(|value| !value.is_null());
        let folded = |text: String| if case_sensitive { text } else { text.to_lowercase() };
        let text = || found.map(|value| folded(text_of(value)));
        let wanted = |template: &Template| fill_in(template).map(folded);
        let order = |template: &Template| Ok::<_, NodeFailure>(order(found, &wanted(template)?, text()));
        Ok(match self {
            Self::Equals { value } => equals(found, &wanted(value)?, text()),
            Self::NotEquals { value } => !equals(found, &wanted(value)?, text()),
            Self::Contains { value } => contains(found, &wanted(value)?, folded),
            Self::NotContains { value } => !contains(found, &wanted(value)?, folded),
            Self::StartsWith { value } => {
                let wanted = wanted(value)?;
                text().is_some_and(|text| text.starts_with(&wanted))
            }
            Self::EndsWith { value } => {
                let wanted = wanted(value)?;
                text().is_some_and(|text| text.ends_with(&wanted))
            }
            Self::Matches { pattern } => found.is_some_and(|value| pattern.is_match(&text_of(value))),
            Self::GreaterThan { value } => order(value)? == Some(Ordering::Greater),
            Self::AtLeast { value } => order(value)?.is_some_and(Ordering::is_ge),
            Self::LessThan { value } => order(value)? == Some(Ordering::Less),
            Self::AtMost { value } => order(value)?.is_some_and(Ordering::is_le),
            Self::IsEmpty => is_empty(found),
            Self::IsNotEmpty => !is_empty(found),
            Self::IsTrue => says(found, "true"),
            Self::IsFalse => says(found, "false"),
        })
    }
}

fn equals(found: Option<&Value>, wanted: &str, text: Option<String>) -> bool {
    match found.and_then(Numeric::of_number) {
        Some(number) => Numeric::of_text(wanted) == Some(number),
        None => text.is_some_and(|text| text == wanted),
    }
}

fn contains(found: Option<&Value>, wanted: &str, folded: impl Fn(String) -> String) -> bool {
    match found {
        Some(Value::Array(items)) => items.iter().any(|item| equals(Some(item), wanted, Some(folded(text_of(item))))),
        Some(value) => folded(text_of(value)).contains(wanted),
        None => false,
    }
}

/// Numbers by value, texts by letters. A number and a text that is none have no order.
fn order(found: Option<&Value>, wanted: &str, text: Option<String>) -> Option<Ordering> {
    let (found, text) = (found?, text?);
    match (Numeric::of(found), Numeric::of_text(wanted)) {
        (Some(found), Some(wanted)) => Some(found.cmp(&wanted)),
        (None, None) => Some(text.as_str().cmp(wanted)),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

fn is_empty(found: Option<&Value>) -> bool {
    match found {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

fn says(found: Option<&Value>, word: &str) -> bool {
    found.is_some_and(|value| text_of(value).trim().eq_ignore_ascii_case(word))
}
