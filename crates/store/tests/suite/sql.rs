//! The narrow interface itself: both databases understand the same text in the same way.

use std::sync::mpsc::channel;

use store::{Cell, Error, Value, settings};

use crate::stage::{Stage, block_on};

fn one_row(stage: &Stage, text: &'static str, params: &'static [Cell<'static>]) -> Vec<Value> {
    let width = params.len();
    stage
        .write(move |sql| {
            let mut rows = sql.query(text, params)?;
            assert_eq!(rows.len(), 1);
            (0..width).map(|column| rows[0].take(column)).collect()
        })
        .unwrap()
}

pub fn placeholders_are_bound_by_their_number(stage: Stage) {
    let params = &[Cell::Text("first"), Cell::Text("second")];
    let found = one_row(&stage, "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT)", params);
    assert_eq!(found, [Value::Text("second".to_owned()), Value::Text("first".to_owned())]);

    let unbound = stage.write(|sql| sql.query("SELECT CAST($1 AS TEXT), CAST($2 AS TEXT)", &["only one".into()]));
    assert!(unbound.is_err(), "{unbound:?}");
}

pub fn a_dollar_in_quotes_is_only_text(stage: Stage) {
    let params = &[Cell::Text("first"), Cell::Text("second")];
    let found = one_row(&stage, "SELECT '$1' || CAST($2 AS TEXT), CAST($1 AS TEXT) || '$2'", params);
    assert_eq!(found, [Value::Text("$1second".to_owned()), Value::Text("first$2".to_owned())]);
}

pub fn every_kind_of_cell_comes_back(stage: Stage) {
    let table = "CREATE TABLE kinds (a BIGINT, b TEXT, c BYTEA)";
    stage.write(move |sql| sql.run(table, &[])).unwrap();
    let found = stage.write(|sql| {
        let text = "INSERT INTO kinds (a, b, c) VALUES ($1, $2, $3)";
        sql.run(text, &[i64::MIN.into(), "ü\n'\"".into(), Cell::Blob(&[0, 255])])?;
        sql.run(text, &[Cell::Null; 3])?;
        sql.query("SELECT a, b, c FROM kinds ORDER BY a IS NULL", &[])
    });
    let found = found.unwrap();
    let full = &found[0];
    assert_eq!((full.int(0), full.text(1), full.blob(2)), (Ok(i64::MIN), Ok("ü\n'\""), Ok(&[0, 255][..])));
    let empty = &found[1];
    assert_eq!((empty.maybe_int(0), empty.maybe_text(1)), (Ok(None), Ok(None)));
    assert!(matches!(empty.text(1), Err(Error::Corrupt(_))));
    assert!(matches!(full.int(9), Err(Error::Sql(_))));
}

pub fn a_wrong_statement_is_a_defect_and_a_wrong_value_is_not(stage: Stage) {
    let unknown = stage.write(|sql| sql.run("UPDATE nowhere SET x = 1", &[]));
    assert!(matches!(unknown, Err(Error::Sql(_))), "{unknown:?}");
    let missing = stage.write(|sql| sql.run("INSERT INTO settings (key) VALUES ($1)", &["half".into()]));
    assert!(matches!(missing, Err(Error::Constraint(_))), "{missing:?}");
}

pub fn reading_cannot_write(stage: Stage) {
    let refused = stage.read(|sql| settings::set(sql, &"a".into(), &1.to_payload()));
    assert!(refused.is_err());
    assert_eq!(stage.read(settings::list), Ok(vec![]));
}

pub fn one_read_sees_one_state(stage: Stage) {
    let (began, wait_for_begin) = channel();
    let (written, wait_for_write) = channel();
    let readers = stage.database().readers();
    let reading = std::thread::spawn(move || {
        block_on(readers.read(move |sql| {
            let before = settings::list(sql)?.len();
            began.send(()).unwrap();
            wait_for_write.recv().unwrap();
            Ok((before, settings::list(sql)?.len()))
        }))
    });
    wait_for_begin.recv().unwrap();
    stage.write(|sql| settings::set(sql, &"a".into(), &1.to_payload())).unwrap();
    assert_eq!(stage.read(settings::list).unwrap().len(), 1, "a later read sees the write");
    written.send(()).unwrap();
    assert_eq!(reading.join().unwrap(), Ok((0, 0)));
}

trait ToPayload {
    fn to_payload(self) -> protocol::Payload;
}

impl ToPayload for i32 {
    fn to_payload(self) -> protocol::Payload {
        serde_json::json!(self).into()
    }
}
