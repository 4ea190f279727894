//! The cells of one sheet, and the rows that they make. Cells are taken one by one, since a sheet may name two cells
//! with millions of empty ones between them. Knows no files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use protocol::Payload;
use serde_json::json;
use zip::ZipArchive;

use crate::NodeFailure;
use crate::list::Record;
use crate::node::{payload, text_of};

/// An Excel file is an archive. What it holds may not be longer than this when unpacked, whatever its own length: the
/// texts of a sheet are all in memory at once.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;

/// What is not empty, by row and column.
pub struct Sheet {
    rows: BTreeMap<u32, BTreeMap<u32, Payload>>,
    /// How many bytes the rows may still take.
    room: usize,
}

impl Sheet {
    /// The names of all sheets, and the one called `name`, or the first one.
    pub fn read(bytes: Vec<u8>, name: &str, room: usize) -> Result<(Vec<String>, Self), NodeFailure> {
        check_unpacked(&bytes)?;
        let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error.to_string()))?;
        let names = book.sheet_names();
        let found = if name.is_empty() { names.first() } else { names.iter().find(|known| *known == name) };
        let Some(found) = found else {
            let known = names.join("`, `");
            let message = format!("there is no sheet `{name}`; there is: `{known}`");
            return Err(NodeFailure::new("sheet_not_found", message));
        };
        let mut cells = book.worksheet_cells_reader(found).map_err(|error| unreadable(&error.to_string()))?;
        let mut sheet = Self { rows: BTreeMap::new(), room };
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error.to_string()))? {
            if let Some(value) = value_of(cell.get_value()) {
                let (row, column) = cell.get_position();
                sheet.take_room(value.bytes())?;
                sheet.rows.entry(row).or_default().insert(column, value);
            }
        }
        Ok((names, sheet))
    }

    /// The rows below the first one as objects by its names, and how many they are. Every object has all columns.
    pub fn objects(mut self) -> Result<(Payload, usize), NodeFailure> {
        let Some((_, header)) = self.rows.pop_first() else { return Ok((payload(&[(); 0])?, 0)) };
        let columns: BTreeSet<u32> =
            header.keys().copied().chain(self.rows.values().flat_map(BTreeMap::keys).copied()).collect();
        let mut names = Names::default();
        let mut named = Vec::new();
        for column in columns {
            let wanted = header.get(&column).map(|value| text_of(value, "header")).transpose()?;
            let wanted = wanted.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
            named.push((column, names.free(&wanted.unwrap_or_else(|| letters(column)))));
        }
        let rows = std::mem::take(&mut self.rows);
        let mut objects = Vec::new();
        for (_, mut row) in rows {
            let mut object = Record::new();
            for (column, name) in &named {
                self.take_room(name.len() + 8)?;
                object.insert(name.clone(), row.remove(column).unwrap_or_else(Payload::null));
            }
            objects.push(object);
        }
        Ok((payload(&objects)?, objects.len()))
    }

    /// The rows as lists that begin at the first column, and how many they are.
    pub fn lists(mut self) -> Result<(Payload, usize), NodeFailure> {
        let rows = std::mem::take(&mut self.rows);
        let mut lists = Vec::new();
        for (_, mut row) in rows {
            let length = row.last_key_value().map_or(0, |(column, _)| column + 1);
            self.take_room(5 * length as usize)?;
            let list: Vec<Payload> =
                (0..length).map(|column| row.remove(&column).unwrap_or_else(Payload::null)).collect();
            lists.push(list);
        }
        Ok((payload(&lists)?, lists.len()))
    }

    fn take_room(&mut self, bytes: usize) -> Result<(), NodeFailure> {
        self.room = self
            .room
            .checked_sub(bytes)
            .ok_or_else(|| NodeFailure::new("too_large", "the sheet is longer than a step may give"))?;
        Ok(())
    }
}

/// Names that are taken, and how often each has been wanted.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    wanted: HashMap<String, u32>,
}

impl Names {
    /// `wanted`, or else the first of `wanted_2`, `wanted_3` and so on that nobody has.
    fn free(&mut self, wanted: &str) -> String {
        let count = self.wanted.entry(wanted.to_owned()).or_insert(0);
        loop {
            *count += 1;
            let name = if *count == 1 { wanted.to_owned() } else { format!("{wanted}_{count}") };
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

fn unreadable(problem: &str) -> NodeFailure {
    NodeFailure::new("invalid_spreadsheet", format!("it is not a spreadsheet (xlsx): {problem}"))
}

/// Counts instead of trusting what the archive says about itself.
fn check_unpacked(bytes: &[u8]) -> Result<(), NodeFailure> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error.to_string()))?;
    let mut room = MAX_UNPACKED_BYTES;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|error| unreadable(&error.to_string()))?;
        let read =
            io::copy(&mut part.take(room + 1), &mut io::sink()).map_err(|error| unreadable(&error.to_string()))?;
        room = room.checked_sub(read).ok_or_else(|| {
            NodeFailure::new("too_large", format!("there are more than {MAX_UNPACKED_BYTES} bytes when it is unpacked"))
        })?;
    }
    Ok(())
}

fn value_of(cell: &DataRef<'_>) -> Option<Payload> {
    match cell {
        DataRef::Empty => None,
        DataRef::Int(number) => Some(json!(number).into()),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            Some(json!(*number as i64).into())
        }
        DataRef::Float(number) => Some(json!(number).into()),
        DataRef::Bool(truth) => Some(json!(truth).into()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::DateTime(moment) => Some(Payload::from(moment_text(moment).as_str())),
        DataRef::Error(error) => Some(Payload::from(error.to_string().as_str())),
    }
}

fn text_cell(text: &str) -> Option<Payload> {
    if text.is_empty() { None } else { Some(Payload::from(text)) }
}

/// A date, a time of the day, both, or a length of time in hours.
fn moment_text(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        let seconds = (moment.as_f64() * 86_400.0).round() as i64;
        return format!("{}:{:02}:{:02}", seconds / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    match moment.as_f64() {
        number if (0.0..1.0).contains(&number) => time,
        number if number.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{time}"),
    }
}

/// What spreadsheets call a column: `A` to `Z`, then `AA`.
pub fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}
