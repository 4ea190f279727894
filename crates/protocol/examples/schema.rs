//! Prints the wire contract as one JSON document: the schema of every type that crosses a boundary, the rows of
//! the command table, and which port types fit. The browser's types are generated from it:
//! `cargo run -q -p protocol --example schema > ui/src/api/generated/schema.json`

use std::io::{Write, stdout};

use protocol::nodes::PortType;
use protocol::workflows::NodePolicy;
use protocol::{Access, EventFilter, Failure, Frame, Row, Topic, catalogue};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = serde_json::to_string_pretty(&contract()?)?;
    text.push('\n');
    stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Types as they are written (what is always sent is required), and the form schema of a node's policy as it is read.
pub fn contract() -> Result<Value, serde_json::Error> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut commands = Map::new();
    for row in catalogue() {
        commands.insert(row.name.to_owned(), command(row, &mut generator)?);
    }
    let named: [fn(&mut SchemaGenerator) -> Schema; 3] = [
        |generator| generator.subschema_for::<Frame>(),
        |generator| generator.subschema_for::<EventFilter>(),
        |generator| generator.subschema_for::<Failure>(),
    ];
    for schema in named {
        schema(&mut generator);
    }
    let policy = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<NodePolicy>();
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": generator.take_definitions(true),
        "commands": commands,
        "node_policy": policy,
        "port_fits": port_fits()?,
    }))
}

/// By the type of an output the types of inputs that it may be led to.
fn port_fits() -> Result<Map<String, Value>, serde_json::Error> {
    let mut fits = Map::new();
    for source in PortType::ALL {
        let targets: Vec<PortType> = PortType::ALL.into_iter().filter(|target| source.fits(*target)).collect();
        let Value::String(name) = json!(source) else { continue };
        fits.insert(name, serde_json::to_value(targets)?);
    }
    Ok(fits)
}

fn command(row: &Row, generator: &mut SchemaGenerator) -> Result<Value, serde_json::Error> {
    let topics = row.topics.iter().map(serde_json::to_value::<&Topic>).collect::<Result<Vec<_>, _>>()?;
    let access = match row.access {
        Access::Reads => "reads",
        Access::Changes => "changes",
    };
    Ok(json!({
        "params": (row.params_schema)(generator),
        "reply": (row.reply_schema)(generator),
        "access": access,
        "topics": topics,
    }))
}
