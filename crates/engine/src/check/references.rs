//! Templates that name outputs of nodes which do not come before them: such a name is never defined when they run.
//! Any text of a config that reads as a template counts as one; a warning for a text that only looks so does no harm.

use serde_json::Value;

use super::{Placed, Report};
use crate::Template;
use crate::graph::{Sketch, Upstream};

pub(super) fn check(sketch: &Sketch, report: &mut Report) {
    let upstream = Upstream::of_edges(sketch.nodes.len(), sketch.pairs());
    for (place, node) in sketch.nodes.iter().enumerate() {
        // A config that is no JSON does not get here; one that names no node need not be parsed.
        if node.face.is_none() || !node.spec.config.json().contains("nodes.") {
            continue;
        }
        let Ok(config) = node.spec.config.parse::<Value>() else { continue };
        let mut texts = Vec::new();
        collect(&config, String::new(), &mut texts);
        for (pointer, text) in texts {
            let Ok(template) = Template::parse(text) else { continue };
            for name in template.nodes() {
                let message = match sketch.by_id.get(name.as_str()) {
                    None => format!("the template names `nodes.{name}`, and there is no such node"),
                    Some(other) if !upstream.contains(place, *other) => {
                        format!("the template names `nodes.{name}`, and no path leads from there to `{}`", node.spec.id)
                    }
                    Some(_) => continue,
                };
                report.warning("not_upstream", message).at(&node.spec.id).on(&pointer);
            }
        }
    }
}

/// All texts with an expression, with their JSON Pointers.
fn collect<'config>(value: &'config Value, pointer: String, texts: &mut Vec<(String, &'config str)>) {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") => texts.push((pointer, text)),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{place}"), texts);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
