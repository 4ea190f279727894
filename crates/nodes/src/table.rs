//! CSV as nodes see it: rows of text in, rows of text out, quoted line breaks included.
//! Shared by the nodes that read and write files.

use csv::{ReaderBuilder, Terminator, Trim, WriterBuilder};
use indexmap::IndexSet;
use protocol::Payload;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::list::Record;

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

/// A list of rows: objects by the names in the first row, in the order of the columns, or lists when there are no names.
/// A byte order mark is dropped; every row has to have as many fields as the first.
pub fn read(text: &str, delimiter: Delimiter, header: bool) -> Result<Payload, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .has_headers(header)
        .trim(Trim::None)
        .from_reader(text.as_bytes());
    let names = if header { column_names(reader.headers().map_err(message_of)?)? } else { Vec::new() };
    let mut rows = String::from("[");
    for record in reader.records() {
        let record = record.map_err(message_of)?;
        let row = if header {
            serde_json::to_string(&Named { names: &names, fields: &record })
        } else {
            serde_json::to_string(&record.iter().collect::<Vec<&str>>())
        };
        if rows.len() > 1 {
            rows.push(',');
        }
        rows.push_str(&row.map_err(|error| error.to_string())?);
    }
    rows.push(']');
    Payload::from_json(rows).map_err(|error| error.to_string())
}

/// Objects must have names of their own for every column.
fn column_names(record: &csv::StringRecord) -> Result<Vec<String>, String> {
    let mut names = IndexSet::new();
    for name in record {
        if !names.insert(name.to_owned()) {
            return Err(format!("the column `{name}` occurs twice in the first row"));
        }
    }
    Ok(names.into_iter().collect())
}

/// A row as an object.
struct Named<'row> {
    names: &'row [String],
    fields: &'row csv::StringRecord,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.fields))
    }
}

/// The rows of a table: all objects or all lists.
pub enum Rows {
    Objects(Vec<Record>),
    Lists(Vec<Vec<Payload>>),
}

impl Rows {
    pub fn of(value: &Payload) -> Result<Self, String> {
        const SHAPE: &str = "a table is a list of objects or a list of lists";
        let rows: Vec<Payload> = value.parse().map_err(|_| SHAPE.to_owned())?;
        let begin_with = |begin: char| rows.iter().all(|row| row.json().starts_with(begin));
        let unreadable = |error: serde_json::Error| error.to_string();
        if begin_with('{') {
            return rows.iter().map(Payload::parse).collect::<Result<_, _>>().map(Self::Objects).map_err(unreadable);
        }
        if begin_with('[') {
            return rows.iter().map(Payload::parse).collect::<Result<_, _>>().map(Self::Lists).map_err(unreadable);
        }
        let is_row = |row: &Payload| row.json().starts_with(['{', '[']);
        Err(if rows.iter().all(is_row) { "the rows of a table are all objects or all lists" } else { SHAPE }.to_owned())
    }

    /// All names that occur, in the order in which they first do.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Objects(rows) => {
                let names: IndexSet<&str> = rows.iter().flat_map(|row| row.keys()).map(String::as_str).collect();
                names.into_iter().collect()
            }
            Self::Lists(_) => vec![],
        }
    }
}

/// A list of objects (columns in the order in which their names first occur) or of lists. `header` writes the names
/// of objects as the first row.
pub fn write(value: &Payload, delimiter: Delimiter, header: bool) -> Result<Vec<u8>, String> {
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter.byte())
        .terminator(Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(vec![]);
    let rows = Rows::of(value)?;
    let names = rows.columns();
    if header && !names.is_empty() {
        writer.write_record(&names).map_err(message_of)?;
    }
    match &rows {
        Rows::Objects(rows) => {
            for row in rows {
                let fields = names.iter().map(|name| row.get(*name).map_or_else(|| Ok(String::new()), cell));
                writer.write_record(fields.collect::<Result<Vec<String>, String>>()?).map_err(message_of)?;
            }
        }
        Rows::Lists(rows) => {
            for row in rows {
                let fields = row.iter().map(cell).collect::<Result<Vec<String>, String>>()?;
                writer.write_record(fields).map_err(message_of)?;
            }
        }
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn cell(value: &Payload) -> Result<String, String> {
    match value.json() {
        "null" => Ok(String::new()),
        text if text.starts_with('"') => value.parse().map_err(|error| error.to_string()),
        other => Ok(other.to_owned()),
    }
}

fn message_of(error: csv::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Delimiter, read};

    fn rows(text: &str, delimiter: Delimiter, header: bool) -> Value {
        read(text, delimiter, header).unwrap().parse().unwrap()
    }

    fn write(table: &Value, delimiter: Delimiter, header: bool) -> Result<Vec<u8>, String> {
        super::write(&table.clone().into(), delimiter, header)
    }

    #[test]
    fn reads_quoted_line_breaks_and_keeps_spaces() {
        let text = "\u{feff}name;note\r\n\"a;b\";\"two\nlines, \"\"quoted\"\"\"\r\n c ;\r\n";
        let expected = json!([{ "name": "a;b", "note": "two\nlines, \"quoted\"" }, { "name": " c ", "note": "" }]);
        assert_eq!(rows(text, Delimiter::Semicolon, true), expected);
        assert_eq!(rows("1\t2\n3\t4", Delimiter::Tab, false), json!([["1", "2"], ["3", "4"]]));
        assert_eq!(rows("", Delimiter::Comma, true), json!([]));
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
        assert_eq!(rows(&text, Delimiter::Comma, true), table);
    }

    #[test]
    fn columns_are_all_names_that_occur() {
        let table = json!([{ "a": 1 }, { "b": null, "c": [1] }]);
        let text = String::from_utf8(write(&table, Delimiter::Pipe, true).unwrap()).unwrap();
        assert_eq!(text, "a|b|c\n1||\n||[1]\n");
        assert_eq!(write(&json!([[1, true], ["x"]]), Delimiter::Comma, true).unwrap(), b"1,true\nx\n");
    }

    #[test]
    fn columns_and_numbers_stay_as_they_are() {
        let text = "z,a,m\n1.50,12345678901234567890123,x\n";
        let table = read(text, Delimiter::Comma, true).unwrap();
        assert_eq!(table.json(), r#"[{"z":"1.50","a":"12345678901234567890123","m":"x"}]"#);
        assert_eq!(super::write(&table, Delimiter::Comma, true).unwrap(), text.as_bytes());
        let numbers = protocol::Payload::from_json(r#"[{"z":1.50,"a":2}]"#.to_owned()).unwrap();
        assert_eq!(super::write(&numbers, Delimiter::Comma, true).unwrap(), b"z,a\n1.50,2\n");
    }

    #[test]
    fn refuses_what_is_no_table() {
        for value in [json!({}), json!("a"), json!([1]), json!([{ "a": 1 }, [1]])] {
            assert!(write(&value, Delimiter::Comma, true).is_err(), "{value}");
        }
    }
}
