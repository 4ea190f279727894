//! Reads a sheet of an Excel file (`.xlsx`) as a list of rows. Cells keep their kinds; dates become ISO text. Formulas give
//! the values that were stored with them. Which files may be read is decided by the shared roots, not here.

mod cells;

use engine::Ports;
use engine::expression::Template;
use protocol::nodes::{Capability, Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::cells::Sheet;
pub use self::cells::letters as column_letters;
use crate::face::{gives, takes};
use crate::file_format::failure_of;
use crate::node::payload;
use crate::outside::blocking;
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Reading of a spreadsheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpreadsheetReadConfig {
    /// Path of the file. A relative one starts at the server's first folder for reading.
    pub path: Template,
    /// Name of the sheet. Empty for the first one.
    pub sheet: Template,
    /// Whether the first row that is not empty holds the names of the columns. The rows are objects then, else lists.
    pub header: bool,
}

impl Default for SpreadsheetReadConfig {
    fn default() -> Self {
        let path = Template::parse("{{ input }}").expect("it is a template");
        Self { path, sheet: Template::default(), header: true }
    }
}

pub struct SpreadsheetRead;

impl Node for SpreadsheetRead {
    const KIND: &'static str = "spreadsheet_read";
    type Config = SpreadsheetReadConfig;

    fn face() -> Face {
        Face {
            label: "Read spreadsheet".to_owned(),
            description: "Reads a sheet of an Excel file (xlsx) as a list of rows.".to_owned(),
            group: Group::Files,
            icon: "file-spreadsheet".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![
                gives("rows", "Rows", PortType::List),
                gives("count", "Count", PortType::Number),
                gives("sheets", "Names of the sheets", PortType::List),
            ],
            replay: ReplayClass::Idempotent,
            capabilities: vec![Capability::Files],
        }
    }

    async fn run(config: &SpreadsheetReadConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let path = context.render(&config.path, "path").await?;
        let sheet = context.render(&config.sheet, "sheet").await?.trim().to_owned();
        let (files, limits, shown) = (context.outside.files.clone(), context.outside.limits.clone(), path.clone());
        let content = blocking("read the file", move || {
            files.read(&path, limits.max_file_bytes).map_err(|error| failure_of(&error))
        });
        let (content, header, room) = (content.await?, config.header, context.outside.limits.max_output_bytes);
        let work = move || {
            let (sheets, sheet) = Sheet::read(content.bytes, &sheet, room)
                .map_err(|failure| NodeFailure { message: format!("in `{shown}`, {}", failure.message), ..failure })?;
            let (rows, count) = if header { sheet.objects()? } else { sheet.lists()? };
            Ok(Ports::from([
                (PortName::from("rows"), rows),
                (PortName::from("count"), Payload::from(json!(count))),
                (PortName::from("sheets"), payload(&sheets)?),
            ]))
        };
        let outputs: Result<Ports, NodeFailure> = context.outside.compute.run("the spreadsheet", work).await?;
        Ok(outputs?.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SpreadsheetRead;
    use crate::spreadsheet_write::SpreadsheetWrite;
    use crate::testing::{Attempt, Folder};

    fn written(content: Value) -> Folder {
        let folder = Folder::holding(&[("text.xlsx", b"no spreadsheet")]);
        let attempt = Attempt::of::<SpreadsheetWrite>(json!({ "path": "a.xlsx" })).input("content", content);
        attempt.outside(folder.outside()).run_now().unwrap();
        folder
    }

    fn run(folder: &Folder, config: Value) -> Result<Value, String> {
        let attempt = Attempt::of::<SpreadsheetRead>(config).input("input", json!("a.xlsx")).outside(folder.outside());
        attempt.run_now().map(|done| json!(done)).map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn reads_what_was_written() {
        let rows = json!([
            { "z": "text", "a": 1, "m": 1.5, "yes": true, "long": "12345678901234567890" },
            { "z": "=1+1", "a": null, "m": -2, "yes": false, "long": null },
        ]);
        let folder = written(json!({ "Data": rows, "Other sheet": [[1, 2], [], [null, "x"]] }));
        let sheets = json!(["Data", "Other sheet"]);
        assert_eq!(run(&folder, json!({})), Ok(json!({ "rows": rows, "count": 2, "sheets": sheets })));
        let other = json!({ "sheet": "Other sheet", "header": false });
        let lists = json!([[1, 2], [null, "x"]]);
        assert_eq!(run(&folder, other), Ok(json!({ "rows": lists, "count": 2, "sheets": sheets })));
        let named = run(&folder, json!({ "sheet": "Other sheet" })).unwrap();
        assert_eq!(named["rows"], json!([{ "1": null, "2": "x" }]));
    }

    #[test]
    fn columns_without_a_name_of_their_own_get_one() {
        let folder = written(json!([["a", null, "a"], [1, 2, 3], [null, null, null, 4]]));
        let rows = run(&folder, json!({})).unwrap()["rows"].clone();
        let expected = json!([
            { "a": 1, "B": 2, "a_2": 3, "D": null }, { "a": null, "B": null, "a_2": null, "D": 4 }
        ]);
        assert_eq!(rows, expected);
        assert_eq!(run(&written(json!([])), json!({})).unwrap()["rows"], json!([]));
        let same = run(&written(json!([vec!["a"; 16_384], [1]])), json!({})).unwrap();
        assert_eq!(same["rows"][0].as_object().unwrap().len(), 16_384);
    }

    #[test]
    fn says_what_it_cannot_read() {
        let folder = written(json!([["a"]]));
        let told = run(&folder, json!({ "sheet": "None" })).unwrap_err();
        assert_eq!(told, "sheet_not_found: in `a.xlsx`, there is no sheet `None`; there is: `Sheet1`");
        let told = run(&folder, json!({ "path": "text.xlsx" })).unwrap_err();
        assert!(told.starts_with("invalid_spreadsheet: in `text.xlsx`, it is not a spreadsheet (xlsx): "), "{told}");
        let told = run(&folder, json!({ "path": "../a.xlsx" })).unwrap_err();
        assert!(told.starts_with("path_refused"), "{told}");
        assert!(run(&folder, json!({ "path": "none.xlsx" })).unwrap_err().starts_with("file_not_found"));
    }

    #[test]
    fn two_far_cells_take_no_memory_between_them() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_number(0, 0, 1).unwrap();
        sheet.write_number(1_048_575, 16_383, 2).unwrap();
        let folder = Folder::holding(&[("a.xlsx", &book.save_to_buffer().unwrap())]);
        assert_eq!(run(&folder, json!({})).unwrap()["rows"], json!([{ "1": null, "XFD": 2 }]));
        let lists = run(&folder, json!({ "header": false })).unwrap();
        assert_eq!((lists["count"].clone(), lists["rows"][1].as_array().unwrap().len()), (json!(2), 16_384));
    }

    #[test]
    fn dates_become_text() {
        use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let write = |sheet: &mut rust_xlsxwriter::Worksheet, row: u32, moment: ExcelDateTime, format: &str| {
            sheet.write_datetime_with_format(row, 0, &moment, &Format::new().set_num_format(format)).unwrap();
        };
        let date = || ExcelDateTime::from_ymd(2024, 2, 29).unwrap();
        write(sheet, 0, date(), "yyyy-mm-dd");
        write(sheet, 1, date().and_hms(9, 30, 0).unwrap(), "yyyy-mm-dd hh:mm");
        write(sheet, 2, ExcelDateTime::from_hms(9, 30, 5).unwrap(), "hh:mm:ss");
        let folder = Folder::holding(&[("a.xlsx", &book.save_to_buffer().unwrap())]);
        let rows = run(&folder, json!({ "header": false })).unwrap()["rows"].clone();
        assert_eq!(rows, json!([["2024-02-29"], ["2024-02-29T09:30:00"], ["09:30:05"]]));
    }
}
