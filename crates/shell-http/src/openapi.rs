//! The API as OpenAPI 3.1, made from the command table.
//! No command is named: a new row is described by its own types.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use protocol::Failure;
use protocol::table::{Row, Verb, catalogue};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub async fn document() -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let text = DOCUMENT.get_or_init(|| build().to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

pub fn build() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let failure = generator.subschema_for::<Failure>().to_value();
    let mut paths: Map<String, Value> = Map::new();
    for row in catalogue() {
        let operation = operation(row, &mut generator, &failure);
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[verb(row.verb)] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "AI Studio", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "key": [] }, {}],
    })
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Delete => "delete",
    }
}

fn operation(row: &Row, generator: &mut SchemaGenerator, failure: &Value) -> Value {
    let params = (row.params_schema)(generator).to_value();
    let reply = (row.reply_schema)(generator).to_value();
    let name = params["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
    let definition = generator.definitions().get(name).cloned().unwrap_or(params);
    let properties = definition["properties"].as_object().cloned().unwrap_or_default();
    let required: Vec<&str> =
        definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let in_path = |field: &str| row.path.contains(&format!("{{{field}}}"));
    let has_body = matches!(row.verb, Verb::Post | Verb::Put);
    let parameter = |(field, schema): (&String, &Value)| {
        let place = if in_path(field) { "path" } else { "query" };
        let needed = in_path(field) || required.contains(&field.as_str());
        json!({ "name": field, "in": place, "required": needed, "schema": schema })
    };
    let parameters: Vec<Value> =
        properties.iter().filter(|(field, _)| !has_body || in_path(field)).map(parameter).collect();
    let mut operation = json!({
        "operationId": row.name,
        "description": definition["description"],
        "tags": [row.name.split('.').next()],
        "parameters": parameters,
        "responses": {
            "200": { "description": "done", "content": { "application/json": { "schema": reply } } },
            "default": { "description": "refused or failed", "content": { "application/json": { "schema": failure } } },
        },
    });
    if has_body {
        let fields: Map<String, Value> =
            properties.iter().filter(|(field, _)| !in_path(field)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let needed: Vec<&str> = required.iter().copied().filter(|field| !in_path(field)).collect();
        let schema =
            json!({ "type": "object", "properties": fields, "required": needed, "additionalProperties": false });
        operation["requestBody"] =
            json!({ "required": !needed.is_empty(), "content": { "application/json": { "schema": schema } } });
    }
    if operation["description"].is_null() {
        operation["description"] = Value::from(row.name);
    }
    operation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_document_and_every_reference_leads_somewhere() {
        let document = build();
        for row in catalogue() {
            let operation = &document["paths"][row.path][verb(row.verb)];
            assert_eq!(operation["operationId"], row.name);
        }
        let text = document.to_string();
        let references = text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
        for name in references {
            assert!(document["components"]["schemas"].get(name).is_some(), "`{name}` is referred to but not there");
        }
    }
}
