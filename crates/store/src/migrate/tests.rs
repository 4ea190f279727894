//! From one version of the tables to the next: nothing is lost, a failure changes nothing, and a copy stays.

use super::*;
use crate::drivers::{Opener, Purpose};
use crate::{Options, testing};

const FIRST: &str = "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT COLLATE \"C\" NOT NULL);";
const SECOND: &str =
    "ALTER TABLE notes ADD COLUMN stars BIGINT NOT NULL DEFAULT 3; CREATE INDEX by_text ON notes (text);";
const BROKEN: &str = "ALTER TABLE notes ADD COLUMN colour TEXT; INSERT INTO nowhere (x) VALUES (1);";

fn notes(sql: &mut dyn Connection, column: &str) -> Result<i64> {
    let rows = sql.query(&format!("SELECT id, {column} FROM notes"), &[])?;
    rows[0].int(0)?;
    rows[0].int(1)
}

fn check(location: &Location) {
    let mut connection = Opener::new(Options::new(location.clone())).open(Purpose::Write).unwrap();
    let connection = connection.as_mut();
    apply(connection, location, &[FIRST]).unwrap();
    connection.run("INSERT INTO notes (id, text) VALUES (7, 'seven')", &[]).unwrap();

    apply(connection, location, &[FIRST, SECOND]).unwrap();
    apply(connection, location, &[FIRST, SECOND]).unwrap();
    assert_eq!((version(connection), notes(connection, "stars")), (Ok(2), Ok(3)));

    let broken = apply(connection, location, &[FIRST, SECOND, BROKEN]);
    assert!(matches!(broken, Err(Error::Sql(_))), "{broken:?}");
    assert_eq!((version(connection), notes(connection, "stars")), (Ok(2), Ok(3)));
    assert!(notes(connection, "colour").is_err(), "the first half of the broken script is undone");

    let newer = apply(connection, location, &[FIRST]);
    assert!(matches!(newer, Err(Error::Unusable(_))), "{newer:?}");
}

#[test]
fn sqlite_is_migrated_and_a_copy_of_the_older_version_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("studio's.db");
    check(&Location::Sqlite(path.clone()));

    let copy = Location::Sqlite(beside(&path, ".v1.backup"));
    let mut connection = Opener::new(Options::new(copy)).open(Purpose::Write).unwrap();
    assert_eq!(version(connection.as_mut()), Ok(1));
    assert_eq!(notes(connection.as_mut(), "id"), Ok(7));
    assert!(notes(connection.as_mut(), "stars").is_err());
    assert!(!beside(&path, ".v0.backup").exists(), "an empty file needs no copy");
}

#[test]
fn postgres_is_migrated() {
    if !testing::is_wanted() {
        println!("left out: {}=off", testing::SWITCH);
        return;
    }
    check(&Location::Postgres(testing::shared().unwrap().database().unwrap()));
}

#[test]
fn servers_that_start_at_once_take_turns() {
    if !testing::is_wanted() {
        println!("left out: {}=off", testing::SWITCH);
        return;
    }
    let location = Location::Postgres(testing::shared().unwrap().database().unwrap());
    let start = || {
        let mut connection = Opener::new(Options::new(location.clone())).open(Purpose::Write).unwrap();
        bring_up_to_date(connection.as_mut(), &location)
    };
    let outcomes = std::thread::scope(|scope| {
        let servers: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        servers.into_iter().map(|server| server.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(outcomes, vec![Ok(()); 6]);
}
