//! What authors write to reach values: templates (minijinja), JSONPath (RFC 9535) and jq.
//! All three see values only: no files, no environment, no clock. Text that a value holds is never read as an
//! expression, so a model's answer with `{{ }}` in it stays text.

mod jq;
mod json_path;
mod template;
mod values;

pub use jq::{Jq, MAX_JQ_OUTPUTS, MAX_JQ_TOKENS};
pub use json_path::JsonPath;
pub use template::{MAX_RENDERED_BYTES, MAX_TEMPLATE_BYTES, TEMPLATE_FUEL, Template};

/// What is wrong with an expression, told to its author.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    /// It cannot be read.
    #[error("{message} in line {line}")]
    Syntax { line: usize, message: String },
    /// It names something that is not there; `hint` says what is.
    #[error("`{name}` is undefined in line {line}{}", prefixed("; ", hint))]
    Undefined { name: String, line: usize, hint: String },
    /// It was read and could not be carried out on these values.
    #[error("{message} in line {line}")]
    Failed { line: usize, message: String },
    /// A query, which knows no lines, could not be carried out on this value.
    #[error("{message}")]
    Query { message: String },
    /// It needs more than a named limit allows.
    #[error("{what} is over the limit of {limit} {unit}")]
    OverLimit { what: &'static str, limit: u64, unit: &'static str },
}

fn prefixed(prefix: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{prefix}{text}") }
}

/// Line of a byte offset, from 1.
fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// Deepest nesting of brackets in a query, and of the values it makes. Readers of JSON refuse 128 levels, and the
/// parsers of queries, which know no limit, are called on threads with two MiB of stack.
pub const MAX_NESTING: usize = 100;

/// Counts brackets wherever they stand, also in texts: nobody writes a hundred open ones there either.
fn nested_too_deep(text: &str) -> Result<(), ExpressionError> {
    let mut open = Vec::new();
    for letter in text.bytes() {
        match letter {
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            _ if open.last() == Some(&letter) => drop(open.pop()),
            _ => {}
        }
        if open.len() > MAX_NESTING {
            let limit = MAX_NESTING as u64;
            return Err(ExpressionError::OverLimit { what: "the nesting of brackets", limit, unit: "levels" });
        }
    }
    Ok(())
}

/// An expression in a config is its text: parsed while the config is read, drawn by the form as `$schema` says.
macro_rules! text_on_the_wire {
    ($name:ident, $schema:tt) => {
        impl $name {
            /// The text as its author wrote it.
            pub fn text(&self) -> &str {
                &self.0.text
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.text(), formatter)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.text() == other.text()
            }
        }

        impl Eq for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.text())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
use text_on_the_wire;

#[cfg(test)]
mod tests;
