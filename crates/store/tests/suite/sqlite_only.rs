//! What only a SQLite file does.

use std::fs;

use protocol::Payload;
use store::{Database, Durability, Error, Location, Options, settings};

use crate::stage::{Stage, block_on};

#[test]
fn one_process_at_a_time() {
    let mut stage = Stage::sqlite();
    let second = Database::open(stage.options.clone()).err().unwrap();
    assert!(matches!(&second, Error::Unusable(text) if text.contains("another process")), "{second}");
    assert!(Database::is_open_elsewhere(&stage.options.location));
    stage.close();
    assert!(!Database::is_open_elsewhere(&stage.options.location));
    stage.reopen();
}

#[test]
fn what_is_not_a_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "these are notes, not a database\n".repeat(100)).unwrap();
    let refused = Database::open(Options::new(Location::Sqlite(path.clone()))).err().unwrap();
    assert!(matches!(&refused, Error::Unusable(text) if text.contains("notes.txt")), "{refused}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("these are notes"));

    let nowhere = Database::open(Options::new(Location::Sqlite(folder.path().join("no/such/folder.db"))));
    assert!(matches!(nowhere.err(), Some(Error::Unusable(_))));
}

#[test]
fn tables_of_a_newer_version_are_refused() {
    let mut stage = Stage::sqlite();
    stage.write(|sql| sql.run("UPDATE schema_version SET version = 999", &[])).unwrap();
    stage.close();
    let refused = Database::open(stage.options.clone()).err().unwrap();
    assert!(matches!(&refused, Error::Unusable(text) if text.contains("999")), "{refused}");
}

#[test]
fn durability_is_set_on_the_writer() {
    for (durability, expected) in [(Durability::Full, 2), (Durability::Fast, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { durability, ..Options::new(Location::Sqlite(folder.path().join("studio.db"))) };
        let stage = Stage::open(options, Some(folder));
        let found = stage.write(|sql| sql.query("PRAGMA synchronous", &[])?[0].int(0));
        assert_eq!(found, Ok(expected));
        assert_eq!(stage.write(|sql| Ok(sql.query("PRAGMA journal_mode", &[])?[0].text(0)? == "wal")), Ok(true));
    }
}

#[test]
fn a_database_in_memory_is_shared_by_its_threads() {
    let options = Options::new(Location::Memory("shared".to_owned()));
    let database = Database::open(options).unwrap();
    block_on(database.writer().write(|sql| settings::set(sql, &"a".into(), &Payload::from("b")))).unwrap();
    let found = block_on(database.readers().read(settings::list));
    assert_eq!(found, Ok(vec![("a".into(), Payload::from("b"))]));
    assert!(database.description().starts_with("sqlite 3."), "{}", database.description());
}

#[test]
fn a_transaction_that_the_database_ended_fails_every_job_in_it() {
    let stage = Stage::sqlite();
    let lost = stage.write(|sql| {
        settings::set(sql, &"lost".into(), &Payload::null())?;
        sql.run("ROLLBACK", &[])
    });
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    stage.write(|sql| settings::set(sql, &"kept".into(), &Payload::null())).unwrap();
    let kept = stage.read(settings::list).unwrap();
    assert_eq!(kept.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["kept"]);
}

#[test]
fn space_that_became_free_is_given_back_while_idle() {
    let stage = Stage::sqlite();
    let spare = || {
        let rows = stage.read(|sql| sql.query("PRAGMA freelist_count", &[])).unwrap();
        rows[0].count(0).unwrap()
    };
    let long = Payload::from("x".repeat(32 * 1024 * 1024).as_str());
    stage.write(move |sql| settings::set(sql, &"long".into(), &long)).unwrap();
    stage.write(|sql| settings::set(sql, &"long".into(), &Payload::null())).unwrap();
    assert!(spare() > 8_000);
    let given_back = (0..1_000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        spare() <= 4_096
    });
    assert!(given_back, "{} pages are still free", spare());
}
