//! Writes lists of rows as an Excel file (`.xlsx`), which appears at once or not at all. Text stays text: nothing in it
//! becomes a formula. Which files may be written is decided by the shared roots, not here.

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::face::{gives, takes};
use crate::file_format::failure_of;
use crate::list::{Record, invalid};
use crate::node::parse;
use crate::outside::{FileError, WriteMode, Written, blocking};
use crate::spreadsheet_read::column_letters;
use crate::table::Rows;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Digits that a number in a spreadsheet keeps. Longer whole numbers, such as those of bank accounts, become text.
const MAX_DIGITS: usize = 15;

/// Writing of a spreadsheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpreadsheetWriteConfig {
    /// Path of the file, such as `report.xlsx`. A relative one starts at the server's first folder for writing.
    pub path: Template,
    /// Name of the sheet. Empty for `Sheet1`. When an object of lists arrives, each field becomes a sheet of its own name.
    pub sheet: Template,
    /// Whether the names of the columns are the first row.
    pub header: bool,
    /// What happens to a file that is there already.
    pub mode: SpreadsheetMode,
    /// Whether missing folders are made.
    pub create_folders: bool,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpreadsheetMode {
    /// It is replaced, at once.
    #[default]
    Overwrite,
    /// The step fails.
    FailIfExists,
}

impl Default for SpreadsheetWriteConfig {
    fn default() -> Self {
        Self {
            path: Template::parse("result.xlsx").expect("it is a template"),
            sheet: Template::default(),
            header: true,
            mode: SpreadsheetMode::Overwrite,
            create_folders: true,
        }
    }
}

pub struct SpreadsheetWrite;

impl Node for SpreadsheetWrite {
    const KIND: &'static str = "spreadsheet_write";
    type Config = SpreadsheetWriteConfig;

    fn face() -> Face {
        Face {
            label: "Write spreadsheet".to_owned(),
            description: "Writes lists of rows as an Excel file (xlsx).".to_owned(),
            group: Group::Files,
            icon: "sheet".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("content", "Rows", PortType::Json)],
            outputs: vec![gives("path", "Path", PortType::Text), gives("bytes", "Written bytes", PortType::Number)],
            replay: ReplayClass::AtLeastOnce,
            capabilities: vec![Capability::Files],
        }
    }

    async fn run(config: &SpreadsheetWriteConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let path = context.render(&config.path, "path").await?;
        let sheet = context.render(&config.sheet, "sheet").await?.trim().to_owned();
        let (content, header) = (inputs.required("content")?.clone(), config.header);
        let work = move || workbook(&content, &sheet, header);
        let bytes = context.outside.compute.run("the spreadsheet", work).await??;
        let limit = context.outside.limits.max_file_bytes;
        if bytes.len() as u64 > limit {
            return Err(failure_of(&FileError::TooLarge { path, bytes: bytes.len() as u64, limit }));
        }
        let (files, config, repeated) = (context.outside.files.clone(), config.clone(), context.attempt > 1);
        let written = blocking("write the file", move || {
            let mode = match config.mode {
                SpreadsheetMode::Overwrite => WriteMode::Overwrite,
                SpreadsheetMode::FailIfExists => WriteMode::CreateNew,
            };
            match files.write(&path, &bytes, mode, config.create_folders) {
                // An attempt before this one may have written the file and been cut off before it could say so.
                Err(FileError::Exists { path }) if repeated && files.holds(&path, &bytes) => {
                    Ok(Written { path, bytes: bytes.len() as u64 })
                }
                done => done.map_err(|error| failure_of(&error)),
            }
        });
        let written = written.await?;
        Ok(Ports::from([
            (PortName::from("path"), Payload::from(written.path.as_str())),
            (PortName::from("bytes"), Payload::from(json!(written.bytes))),
        ])
        .into())
    }
}

fn workbook(content: &Payload, sheet: &str, header: bool) -> Result<Vec<u8>, NodeFailure> {
    let sheets: Record = if content.json().starts_with('{') {
        parse(content, "content")?
    } else {
        Record::from([(if sheet.is_empty() { "Sheet1" } else { sheet }.to_owned(), content.clone())])
    };
    if sheets.is_empty() {
        return Err(invalid("cannot write a spreadsheet without a sheet: the object has no fields".to_owned()));
    }
    let mut book = Workbook::new();
    // The same rows make the same file, so that a repeated attempt knows its own.
    let moment = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| refused("", &error))?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&moment));
    for (name, rows) in &sheets {
        let rows = Rows::of(rows).map_err(|problem| invalid(format!("cannot write the sheet `{name}`: {problem}")))?;
        let sheet = book.add_worksheet();
        sheet.set_name(name).map_err(|error| refused(name, &error))?;
        fill(sheet, name, &rows, header)?;
    }
    book.save_to_buffer().map_err(|error| refused("", &error))
}

fn fill(sheet: &mut Worksheet, name: &str, rows: &Rows, header: bool) -> Result<(), NodeFailure> {
    let names = rows.columns();
    let mut first = 0;
    if header && !names.is_empty() {
        let bold = Format::new().set_bold();
        for (column, text) in names.iter().enumerate() {
            let column = column_number(name, column)?;
            sheet.write_string_with_format(0, column, *text, &bold).map_err(|error| refused(name, &error))?;
        }
        sheet.set_freeze_panes(1, 0).map_err(|error| refused(name, &error))?;
        first = 1;
    }
    let mut write = |row: usize, column: usize, value: &Payload| {
        let column = column_number(name, column)?;
        let row = u32::try_from(first + row).map_err(|_| invalid(format!("the sheet `{name}` has too many rows")))?;
        cell(sheet, row, column, value).map_err(|problem| {
            let place = format!("{}{}", column_letters(u32::from(column)), row + 1);
            invalid(format!("cannot write cell {place} of the sheet `{name}`: {problem}"))
        })
    };
    match rows {
        Rows::Objects(rows) => {
            for (row, fields) in rows.iter().enumerate() {
                for (column, name) in names.iter().enumerate() {
                    fields.get(*name).map_or(Ok(()), |value| write(row, column, value))?;
                }
            }
        }
        Rows::Lists(rows) => {
            for (row, fields) in rows.iter().enumerate() {
                for (column, value) in fields.iter().enumerate() {
                    write(row, column, value)?;
                }
            }
        }
    }
    Ok(())
}

fn column_number(sheet: &str, column: usize) -> Result<u16, NodeFailure> {
    u16::try_from(column).map_err(|_| invalid(format!("the sheet `{sheet}` has too many columns")))
}

fn cell(sheet: &mut Worksheet, row: u32, column: u16, value: &Payload) -> Result<(), String> {
    let text = value.json();
    let written = match text.as_bytes().first() {
        Some(b'n') => return Ok(()),
        Some(b't' | b'f') => sheet.write_boolean(row, column, text == "true"),
        Some(b'"') => {
            let text: String = value.parse().map_err(|error: serde_json::Error| error.to_string())?;
            sheet.write_string(row, column, text)
        }
        Some(b'{' | b'[') => sheet.write_string(row, column, text),
        Some(_) | None => match text.parse::<f64>() {
            Ok(number) if number.is_finite() && !is_long(text) => sheet.write_number(row, column, number),
            Ok(_) | Err(_) => sheet.write_string(row, column, text),
        },
    };
    written.map(|_| ()).map_err(|error| error.to_string())
}

fn is_long(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    digits.len() > MAX_DIGITS && digits.bytes().all(|letter| letter.is_ascii_digit())
}

fn refused(sheet: &str, error: &XlsxError) -> NodeFailure {
    let place = if sheet.is_empty() { String::new() } else { format!(" the sheet `{sheet}` of") };
    invalid(format!("cannot write{place} the spreadsheet: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SpreadsheetWrite;
    use crate::testing::{Attempt, Folder};

    fn run(folder: &Folder, config: Value, content: Value, attempt_number: u32) -> Result<Value, String> {
        let mut attempt = Attempt::of::<SpreadsheetWrite>(config).input("content", content).outside(folder.outside());
        attempt.context.attempt = attempt_number;
        attempt.run_now().map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn a_repeated_attempt_knows_its_own_file() {
        let folder = Folder::holding(&[]);
        let config = json!({ "path": "new/{{ input[0][0] }}.xlsx", "mode": "fail_if_exists" });
        let rows = json!([["x", 1]]);
        let done = run(&folder, config.clone(), rows.clone(), 1).unwrap();
        assert_eq!(done["path"], "new/x.xlsx");
        assert_eq!(run(&folder, config.clone(), rows, 2).unwrap(), done);
        let others = json!([["x", 2]]);
        let told = "file_exists: `new/x.xlsx` exists already".to_owned();
        assert_eq!(run(&folder, config.clone(), others.clone(), 2), Err(told.clone()));
        assert_eq!(run(&folder, config, others.clone(), 1), Err(told));
        assert!(run(&folder, json!({ "path": "new/x.xlsx" }), others, 1).is_ok());
    }

    #[test]
    fn says_what_it_cannot_write() {
        let folder = Folder::holding(&[]);
        let told = |config: Value, content: Value| run(&folder, config, content, 1).unwrap_err();
        let no_table =
            "invalid_input: cannot write the sheet `Sheet1`: a table is a list of objects or a list of lists";
        assert_eq!(told(json!({}), json!("a")), no_table);
        assert!(told(json!({}), json!({})).contains("without a sheet"));
        assert!(told(json!({ "sheet": "a/b" }), json!([])).starts_with("invalid_input: cannot write the sheet `a/b`"));
        let long = told(json!({}), json!([{ "a": 1 }, { "a": "x".repeat(40_000) }]));
        assert!(long.starts_with("invalid_input: cannot write cell A3 of the sheet `Sheet1`: "), "{long}");
        let wide = json!([vec![1; 16_385]]);
        assert!(told(json!({}), wide).starts_with("invalid_input: cannot write cell XFE1"));
        assert!(told(json!({ "path": "/etc/a.xlsx" }), json!([])).starts_with("path_refused"));
    }
}
