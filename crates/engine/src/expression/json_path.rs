//! JSONPath as RFC 9535 says it.
//! A path selects; it never computes, so every path ends.

use std::sync::Arc;

use serde_json::Value;

use super::{ExpressionError, line_at, nested_too_deep, text_on_the_wire};

/// A JSONPath, parsed once. Cloning shares it. The default selects the whole value.
#[derive(Clone)]
pub struct JsonPath(Arc<Parsed>);

struct Parsed {
    text: String,
    path: serde_json_path::JsonPath,
}

impl JsonPath {
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        nested_too_deep(text)?;
        let path = serde_json_path::JsonPath::parse(text).map_err(|error| ExpressionError::Syntax {
            line: line_at(text, error.position()),
            message: format!("`{text}` is not a JSONPath: {}", error.message()),
        })?;
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), path })))
    }

    /// Everything that the path selects, in document order.
    pub fn query<'value>(&self, value: &'value Value) -> Vec<&'value Value> {
        self.0.path.query(value).all()
    }
}

impl Default for JsonPath {
    fn default() -> Self {
        Self::parse("$").expect("the root path parses")
    }
}

text_on_the_wire!(JsonPath, {
    "type": "string",
    "x-widget": "code",
    "x-language": "jsonpath"
});
