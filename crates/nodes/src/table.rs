//! CSV as nodes see it: rows of text in, rows of text out, quoted line breaks included.
//! Shared by the nodes that read and write files.

use csv::{ReaderBuilder, Terminator, Trim, WriterBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How the columns of a CSV file are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`, as spreadsheets write it where the comma is the decimal sign.
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// Rows as objects by the names in the first row, or as lists when there are no names. A byte order mark is dropped;
/// every row has to have as many fields as the first.
pub fn read(text: &str, delimiter: Delimiter, header: bool) -> Result<Vec<Value>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .has_headers(header)
        .trim(Trim::None)
        .from_reader(text.as_bytes());
    let names = if header { column_names(reader.headers().map_err(message_of)?)? } else { Vec::new() };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(message_of)?;
        let fields = record.iter().map(|field| Value::String(field.to_owned()));
        rows.push(if header {
            Value::Object(names.iter().cloned().zip(fields).collect::<Map<_, _>>())
        } else {
            Value::Array(fields.collect())
        });
    }
    Ok(rows)
}

/// Objects must have names of their own for every column.
fn column_names(record: &csv::StringRecord) -> Result<Vec<String>, String> {
    let mut names = Vec::<String>::new();
    for name in record {
        if names.iter().any(|earlier| earlier == name) {
            return Err(format!("the column `{name}` occurs twice in the first row"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// A list of objects (columns in the order in which their names first occur) or of lists. `header` writes the names
/// of objects as the first row.
pub fn write(value: &Value, delimiter: Delimiter, header: bool) -> Result<Vec<u8>, String> {
    let Value::Array(rows) = value else {
        return Err("a table is a list of objects or a list of lists".to_owned());
    };
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter.byte())
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(vec![]);
    let names = columns(rows)?;
    if header && !names.is_empty() {
        writer.write_record(&names).map_err(message_of)?;
    }
    for row in rows {
        let fields: Vec<String> = match row {
            Value::Object(fields) => names.iter().map(|name| fields.get(*name).map_or(String::new(), cell)).collect(),
            Value::Array(fields) => fields.iter().map(cell).collect(),
            _ => return Err("a table is a list of objects or a list of lists".to_owned()),
        };
        writer.write_record(&fields).map_err(message_of)?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

/// All names that occur. Rows are all objects or all lists.
fn columns(rows: &[Value]) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let objects = rows.iter().filter_map(Value::as_object);
    if objects.clone().count() != 0 && objects.clone().count() != rows.len() {
        return Err("the rows of a table are all objects or all lists".to_owned());
    }
    for name in objects.flat_map(Map::keys) {
        if seen.insert(name.as_str()) {
            names.push(name.as_str());
        }
    }
    Ok(names)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn message_of(error: csv::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Delimiter, read, write};

    #[test]
    fn reads_quoted_line_breaks_and_keeps_spaces() {
        let text = "\u{feff}name;note\r\n\"a;b\";\"two\nlines, \"\"quoted\"\"\"\r\n c ;\r\n";
        let rows = read(text, Delimiter::Semicolon, true).unwrap();
        let expected = json!([{ "name": "a;b", "note": "two\nlines, \"quoted\"" }, { "name": " c ", "note": "" }]);
        assert_eq!(Value::Array(rows), expected);
        assert_eq!(read("1\t2\n3\t4", Delimiter::Tab, false).unwrap(), [json!(["1", "2"]), json!(["3", "4"])]);
        assert_eq!(read("", Delimiter::Comma, true), Ok(vec![]));
    }

    #[test]
    fn refuses_rows_of_other_lengths_and_doubled_names() {
        assert!(read("a,b\n1\n", Delimiter::Comma, true).unwrap_err().contains("line: 2"), "names the line");
        assert_eq!(read("a,a\n", Delimiter::Comma, true).unwrap_err(), "the column `a` occurs twice in the first row");
    }

    #[test]
    fn writes_what_it_reads() {
        let table = json!([{ "a": "x,\n\"", "b": "" }, { "a": "2", "b": " y" }]);
        let text = String::from_utf8(write(&table, Delimiter::Comma, true).unwrap()).unwrap();
        assert_eq!(text, "a,b\n\"x,\n\"\"\",\"\"\n2, y\n".replace(",\"\"\n", ",\n"));
        assert_eq!(Value::Array(read(&text, Delimiter::Comma, true).unwrap()), table);
    }

    #[test]
    fn columns_are_all_names_that_occur() {
        let table = json!([{ "a": 1 }, { "b": null, "c": [1] }]);
        let text = String::from_utf8(write(&table, Delimiter::Pipe, true).unwrap()).unwrap();
        assert_eq!(text, "a|b|c\n1||\n||[1]\n");
        assert_eq!(write(&json!([[1, true], ["x"]]), Delimiter::Comma, true).unwrap(), b"1,true\nx\n");
    }

    #[test]
    fn refuses_what_is_no_table() {
        for value in [json!({}), json!("a"), json!([1]), json!([{ "a": 1 }, [1]])] {
            assert!(write(&value, Delimiter::Comma, true).is_err(), "{value}");
        }
    }
}
