//! Templates that are filled in once for each item of a list: `{{ item }}` is the item and `{{ index }}` its place from 0,
//! as inside an iterator. Knows no list: its callers go through one.

use engine::expression::Template;
use engine::{Scope, ScopeItem};
use protocol::Payload;

use crate::NodeFailure;

/// Whether there is nothing to fill in.
pub fn is_plain(template: &Template) -> bool {
    !["{{", "{%", "{#"].iter().any(|start| template.text().contains(start))
}

/// `number` (from 1) and `field` name the place in the failure.
pub fn render(
    template: &Template,
    scope: &Scope,
    item: &Payload,
    (number, field): (usize, &str),
) -> Result<String, NodeFailure> {
    let index = u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
    let scope = Scope { item: Some(ScopeItem { value: item.clone(), index }), ..scope.clone() };
    template
        .render(&scope)
        .map_err(|error| NodeFailure::new("expression", format!("cannot fill in `{field}` for item {number}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::Scope;
    use engine::expression::Template;
    use protocol::{Payload, PortName};
    use serde_json::json;

    use super::{is_plain, render};

    #[test]
    fn sees_the_item_and_all_else() {
        let ports = [(PortName::from("input"), Payload::from(json!([{ "a": 1 }, { "a": 2 }])))];
        let inputs = [("limit".to_owned(), Payload::from(json!(7)))];
        let scope = Scope { ports: Arc::new(ports.into()), run_inputs: Arc::new(inputs.into()), ..Scope::default() };
        let item = Payload::from(json!({ "a": 2 }));
        let render = |text: &str| render(&Template::parse(text).unwrap(), &scope, &item, (2, "value"));
        assert_eq!(render(" plain "), Ok(" plain ".to_owned()));
        assert_eq!(render("\n{{ item.a * inputs.limit }}"), Ok("\n14".to_owned()));
        assert_eq!(render("{{ input | length }}{% if item.a > 1 %}!{% endif %}{{ index }}"), Ok("2!1".to_owned()));
        let failure = render("a\n{{ item.b }}").unwrap_err();
        let told = "cannot fill in `value` for item 2: `item.b` is undefined in line 2; `item` has: a";
        assert_eq!((failure.code.as_str(), failure.message.as_str()), ("expression", told));
    }

    #[test]
    fn text_without_expressions_is_plain() {
        assert!(is_plain(&Template::parse("a { b } 10 %").unwrap()));
        assert!(!is_plain(&Template::parse("{{ item }}").unwrap()));
    }
}
