//! A template that is filled in once for each item of a list. `{{ item }}` is the item; everything that other templates
//! see is there too. Knows no list: its callers go through one.

use std::borrow::Cow;
use std::sync::Arc;

use engine::Scope;
use engine::expression::{ExpressionError, Template};
use protocol::{Payload, PortName};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::NodeFailure;

/// Gives the item its short name. On the line of the text itself, so that errors tell the author's line.
const NAMES_ITEM: &str = "{% set item = ports.item %}";

/// Parsed once. Cloning shares it. The default is the empty text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemTemplate {
    text: Arc<str>,
    template: Template,
}

impl ItemTemplate {
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let plain = Template::parse(text)?;
        let template = if is_plain(text) { plain } else { Template::parse(&format!("{NAMES_ITEM}{text}"))? };
        Ok(Self { text: text.into(), template })
    }

    /// Whether there is nothing to fill in.
    pub fn is_plain(&self) -> bool {
        is_plain(&self.text)
    }

    /// `number` (from 1) and `field` name the place in the failure.
    pub fn render(&self, scope: &Scope, item: &Payload, (number, field): (usize, &str)) -> Result<String, NodeFailure> {
        if self.is_plain() {
            return Ok(self.text.to_string());
        }
        let mut ports = scope.ports.as_ref().clone();
        ports.insert(PortName::from("item"), item.clone());
        let scope = Scope { ports: Arc::new(ports), ..scope.clone() };
        self.template.render(&scope).map_err(|error| {
            NodeFailure::new("expression", format!("cannot fill in `{field}` for item {number}: {error}"))
        })
    }
}

fn is_plain(text: &str) -> bool {
    !["{{", "{%", "{#"].iter().any(|start| text.contains(start))
}

impl Serialize for ItemTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ItemTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for ItemTemplate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ItemTemplate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-widget": "template" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::Scope;
    use protocol::{Payload, PortName};
    use serde_json::json;

    use super::ItemTemplate;

    #[test]
    fn sees_the_item_and_all_else() {
        let ports = [(PortName::from("input"), Payload::from(json!([{ "a": 1 }, { "a": 2 }])))];
        let inputs = [("limit".to_owned(), Payload::from(json!(7)))];
        let scope = Scope { ports: Arc::new(ports.into()), run_inputs: Arc::new(inputs.into()), ..Scope::default() };
        let item = Payload::from(json!({ "a": 2 }));
        let render = |text: &str| ItemTemplate::parse(text).unwrap().render(&scope, &item, (2, "value"));
        assert_eq!(render(" plain "), Ok(" plain ".to_owned()));
        assert_eq!(render("\n{{ item.a * inputs.limit }}"), Ok("\n14".to_owned()));
        assert_eq!(render("{{ input | length }}{% if item.a > 1 %}!{% endif %}"), Ok("2!".to_owned()));
        let failure = render("a\n{{ item.b }}").unwrap_err();
        let told = "cannot fill in `value` for item 2: `item.b` is undefined in line 2";
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("expression", told));
        assert!(ItemTemplate::parse("{{ item.").unwrap_err().to_string().ends_with("in line 1"));
    }
}
