//! Reads CSV text as a list of rows and writes rows as CSV text.
//! Files are the business of the file nodes, which read and write the same tables.

use protocol::Payload;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::face::{gives, takes};
use crate::list::{self, invalid, kind_of};
use crate::node::parse;
use crate::table::{self, Delimiter};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A table as text, or as a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CsvConfig {
    /// Which way.
    pub action: CsvAction,
    /// What stands between two columns.
    pub delimiter: Delimiter,
    /// Whether the first row of the text holds the names of the columns.
    pub header: bool,
}

/// Which way a table goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsvAction {
    /// Text becomes a list of objects by the names of the columns, or of lists where there are no names. All values are
    /// texts.
    #[default]
    Parse,
    /// A list of objects or of lists becomes text. Columns stand in the order in which their names first occur.
    Write,
}

impl Default for CsvConfig {
    fn default() -> Self {
        Self { action: CsvAction::Parse, delimiter: Delimiter::Comma, header: true }
    }
}

pub struct Csv;

impl Node for Csv {
    const KIND: &'static str = "csv";
    type Config = CsvConfig;

    fn face() -> Face {
        Face {
            label: "CSV".to_owned(),
            description: "Reads CSV text as a list of rows, and writes rows as CSV text (table, TSV).".to_owned(),
            group: Group::Data,
            icon: "table-2".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Text or list", PortType::Any)],
            outputs: vec![gives("output", "List or text", PortType::Any)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    async fn run(config: &CsvConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (config, arrived) = (config.clone(), inputs.required("input")?.clone());
        let bytes = arrived.bytes();
        let work = move || convert(&config, &arrived);
        Ok(Done::one("output", list::compute(context, "the table", bytes, work).await?))
    }
}

fn convert(config: &CsvConfig, arrived: &Payload) -> Result<Payload, NodeFailure> {
    let not_csv = |problem: String| NodeFailure::new("invalid_csv", format!("the text is not a table: {problem}"));
    let no_table = |problem: String| invalid(format!("cannot write the value as CSV: {problem}"));
    match config.action {
        CsvAction::Parse if !arrived.json().starts_with('"') => {
            Err(invalid(format!("what arrived at port `input` is {}, not text", kind_of(arrived))))
        }
        CsvAction::Parse => {
            let text: String = parse(arrived, "input")?;
            table::read(&text, config.delimiter, config.header).map_err(not_csv)
        }
        CsvAction::Write => {
            let bytes = table::write(arrived, config.delimiter, config.header).map_err(no_table)?;
            let text = String::from_utf8(bytes).map_err(|error| no_table(error.to_string()))?;
            Ok(Payload::from(text.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Csv;
    use crate::testing::Attempt;

    fn run(config: Value, arrived: Value) -> Result<Value, String> {
        let done = Attempt::of::<Csv>(config).input("input", arrived).run_now();
        done.map(|done| done["output"].clone()).map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn tables_go_both_ways() {
        let text = "name;note\n\"a;b\";\"two\nlines\"\nc;\n";
        let rows = json!([{ "name": "a;b", "note": "two\nlines" }, { "name": "c", "note": "" }]);
        let config = |action: &str| json!({ "action": action, "delimiter": "semicolon" });
        assert_eq!(run(config("parse"), json!(text)), Ok(rows.clone()));
        assert_eq!(run(config("write"), rows), Ok(json!(text)));
        let lists = json!([["1", "2"], ["3", "4"]]);
        assert_eq!(run(json!({ "header": false }), json!("1,2\n3,4")), Ok(lists.clone()));
        assert_eq!(run(json!({ "action": "write" }), lists), Ok(json!("1,2\n3,4\n")));
        assert_eq!(run(json!({}), json!("")), Ok(json!([])));
        assert_eq!(run(json!({ "action": "write" }), json!([])), Ok(json!("")));
        let mixed = json!([{ "a": null, "b": true }, { "c": { "d": 1.5 } }]);
        assert_eq!(run(json!({ "action": "write" }), mixed), Ok(json!("a,b,c\n,true,\n,,\"{\"\"d\"\":1.5}\"\n")));
    }

    #[test]
    fn says_what_is_no_table() {
        let told = run(json!({}), json!("a,b\n1\n")).unwrap_err();
        assert!(told.starts_with("invalid_csv: the text is not a table: ") && told.contains("line: 2"), "{told}");
        let told = run(json!({}), json!([1])).unwrap_err();
        assert_eq!(told, "invalid_input: what arrived at port `input` is a list, not text");
        let told = run(json!({ "action": "write" }), json!([1])).unwrap_err();
        assert_eq!(
            told,
            "invalid_input: cannot write the value as CSV: a table is a list of objects or a list of lists"
        );
    }
}
