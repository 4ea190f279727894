//! Brings the tables up to date: numbered scripts, each in the same transaction as its number in `schema_version`.
//! A script that was released is never edited; a change is a new script.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::drivers::{Connection, Step};
use crate::{Error, Location, Result, Sql};

/// The script at place `n` makes version `n + 1` of the tables.
const SCRIPTS: &[&str] = &[
    include_str!("../migrations/0001_workflows_runs_events.sql"),
    include_str!("../migrations/0002_deleted_workflows.sql"),
];

const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";

/// Runs what is missing. A SQLite file that holds something is copied to `<file>.v<version>.backup` before.
pub fn bring_up_to_date(connection: &mut dyn Connection, location: &Location) -> Result<()> {
    apply(connection, location, SCRIPTS)
}

fn apply(connection: &mut dyn Connection, location: &Location, scripts: &[&str]) -> Result<()> {
    if let Location::Sqlite(path) = location {
        connection.run(VERSION_TABLE, &[])?;
        let version = version(connection)?;
        if version > 0 && version < scripts.len() {
            back_up(connection, path, version)?;
        }
    }
    connection.step(Step::Begin)?;
    match apply_in_transaction(connection, location, scripts) {
        Ok(()) => connection.step(Step::Commit),
        Err(error) => {
            connection.step(Step::Rollback)?;
            Err(error)
        }
    }
}

fn apply_in_transaction(connection: &mut dyn Connection, location: &Location, scripts: &[&str]) -> Result<()> {
    connection.run(VERSION_TABLE, &[])?;
    let from = version(connection)?;
    if from > scripts.len() {
        let known = scripts.len();
        return Err(Error::Unusable(format!(
            "`{location}` has tables of version {from}, newer than the known {known}"
        )));
    }
    for (place, script) in scripts.iter().enumerate().skip(from) {
        let version = place + 1;
        tracing::info!(version, %location, "bringing the tables up to date");
        connection.script(&dialect(location, script))?;
        connection.run("DELETE FROM schema_version", &[])?;
        connection.run("INSERT INTO schema_version (version) VALUES ($1)", &[(version as u64).into()])?;
    }
    Ok(())
}

/// The scripts are written for PostgreSQL. SQLite compares text by its bytes anyway and knows no collation `C`; its
/// `INTEGER PRIMARY KEY` is the row's own number, which saves a second tree.
fn dialect(location: &Location, script: &str) -> String {
    match location {
        Location::Postgres(_) => script.to_owned(),
        Location::Sqlite(_) | Location::Memory(_) => {
            script.replace(" COLLATE \"C\"", "").replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
        }
    }
}

fn version(sql: &mut (impl Sql + ?Sized)) -> Result<usize> {
    let rows = sql.query("SELECT version FROM schema_version", &[])?;
    let Some(row) = rows.first() else { return Ok(0) };
    usize::try_from(row.int(0)?).map_err(|_| Error::Corrupt("the version of the tables is negative".to_owned()))
}

fn back_up(sql: &mut (impl Sql + ?Sized), path: &Path, version: usize) -> Result<()> {
    let target = beside(path, &format!(".v{version}.backup"));
    let unfinished = beside(path, &format!(".v{version}.unfinished"));
    let failed =
        |error: std::io::Error| Error::Unavailable(format!("backing up to `{}` failed: {error}", target.display()));
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(failed)?;
    }
    let name = unfinished.to_str().ok_or_else(|| Error::Unusable(format!("`{}` is not UTF-8", path.display())))?;
    sql.run("VACUUM INTO $1", &[name.into()])?;
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&unfinished, &target).map_err(failed)?;
    tracing::info!(backup = %target.display(), "copied the database before changing its tables");
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
