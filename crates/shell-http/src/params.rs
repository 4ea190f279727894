//! From path, query and body to the one JSON object that a command takes.
//! Path and query values are text; the command's schema says which of them are numbers or booleans.

use std::collections::HashMap;

use protocol::table::Row;
use protocol::{Code, Failure};
use schemars::SchemaGenerator;
use serde_json::Value;

/// What each parameter of one command may be, as far as text has to be converted.
pub struct ParamKinds(HashMap<String, Kind>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Boolean,
    Json,
}

impl ParamKinds {
    pub fn of(row: &Row) -> Self {
        let mut generator = SchemaGenerator::default();
        let schema = (row.params_schema)(&mut generator).to_value();
        let definitions = Value::Object(generator.take_definitions(true));
        let object = resolve(&schema, &definitions);
        let properties = object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        Self(properties.iter().map(|(name, schema)| (name.clone(), kind(schema, &definitions))).collect())
    }

    /// One object from what the request carries. The body must be a JSON object or empty.
    pub fn merge(&self, pairs: &[(String, String)], body: &str) -> Result<String, Failure> {
        let body = body.trim();
        if pairs.is_empty() {
            return Ok(body.to_owned());
        }
        let mut object = String::with_capacity(body.len() + 64);
        object.push('{');
        for (name, text) in pairs {
            if object.len() > 1 {
                object.push(',');
            }
            object.push_str(&Value::from(name.as_str()).to_string());
            object.push(':');
            object.push_str(&self.value(name, text)?);
        }
        let rest = match body.strip_prefix('{').map(str::trim_start) {
            None if body.is_empty() => "}",
            None => return Err(Failure::new(Code::InvalidRequest, "the body must be a JSON object")),
            Some(rest) => rest,
        };
        if !rest.starts_with('}') {
            object.push(',');
        }
        object.push_str(rest);
        Ok(object)
    }

    fn value(&self, name: &str, text: &str) -> Result<String, Failure> {
        let wrong = |expected: &str| {
            Failure::new(Code::InvalidRequest, format!("`{name}` is `{text}`, which is no {expected}"))
        };
        match self.0.get(name).copied().unwrap_or(Kind::Text) {
            Kind::Text => Ok(Value::from(text).to_string()),
            Kind::Number => {
                text.parse::<serde_json::Number>().map(|number| number.to_string()).map_err(|_| wrong("number"))
            }
            Kind::Boolean if matches!(text, "true" | "false") => Ok(text.to_owned()),
            Kind::Boolean => Err(wrong("`true` or `false`")),
            Kind::Json => serde_json::from_str::<Value>(text).map(|value| value.to_string()).map_err(|_| wrong("JSON")),
        }
    }
}

fn resolve<'a>(schema: &'a Value, definitions: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let name = reference.and_then(|text| text.rsplit('/').next());
    name.and_then(|name| definitions.get(name)).unwrap_or(schema)
}

fn kind(schema: &Value, definitions: &Value) -> Kind {
    let schema = resolve(schema, definitions);
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        let first = options.iter().find(|option| option.get("type") != Some(&Value::from("null")));
        return first.map_or(Kind::Text, |option| kind(option, definitions));
    }
    let word = match schema.get("type") {
        Some(Value::String(word)) => word.as_str(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).find(|word| *word != "null").unwrap_or(""),
        _ => "",
    };
    match word {
        "integer" | "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "object" | "array" => Kind::Json,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(name: &str, pairs: &[(&str, &str)], body: &str) -> Result<String, String> {
        let row = protocol::catalogue().iter().find(|row| row.name == name).unwrap();
        let pairs: Vec<(String, String)> = pairs.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        ParamKinds::of(row).merge(&pairs, body).map_err(|failure| failure.message)
    }

    #[test]
    fn text_becomes_what_the_schema_says() {
        let list = merged(concat!("runs", ".list"), &[("limit", "5"), ("status", "failed")], "");
        assert_eq!(list.unwrap(), r#"{"limit":5,"status":"failed"}"#);
        let get = merged(concat!("workflows", ".get"), &[("id", "7"), ("revision", "3")], "");
        assert_eq!(get.unwrap(), r#"{"id":"7","revision":3}"#);
    }

    #[test]
    fn path_and_body_become_one_object() {
        let name = concat!("workflows", ".update");
        let pairs = [("id", "a\"b")];
        assert_eq!(merged(name, &pairs, r#" {"name": "x"} "#).unwrap(), r#"{"id":"a\"b","name": "x"}"#);
        assert_eq!(merged(name, &pairs, "{ }").unwrap(), r#"{"id":"a\"b"}"#);
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let name = concat!("runs", ".list");
        assert_eq!(merged(name, &[("limit", "many")], "").unwrap_err(), "`limit` is `many`, which is no number");
        assert_eq!(merged(name, &[("limit", "1")], "[1]").unwrap_err(), "the body must be a JSON object");
    }
}
