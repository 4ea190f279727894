//! Journals of runs: what went into each run's state machine, in order. The entries are opaque JSON here.
//! One row per append, so a batch costs one insert; the primary key fences a second writer of the same run.

use protocol::{Payload, RunId};

use super::json;
use crate::{Error, Result, Sql};

/// Adds entries from `first_index` on, which has to be the number of entries stored so far: otherwise another writer
/// has taken this run over, and the append fails with `Conflict` and the number that stands.
pub fn append(sql: &mut dyn Sql, run_id: &RunId, first_index: u64, entries: &[Payload]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let fits = first_index == 0 || count(sql, run_id)? == first_index;
    if fits && insert(sql, run_id, first_index, entries)? {
        return Ok(());
    }
    let current = count(sql, run_id)?;
    Err(Error::Conflict {
        message: format!("the journal of run `{run_id}` has {current} entries, not {first_index}"),
        current: Some(current),
    })
}

/// All entries, in order. Empty when there are none.
pub fn read(sql: &mut dyn Sql, run_id: &RunId) -> Result<Vec<Payload>> {
    let rows = sql.query(
        "SELECT first_index, entries FROM journal WHERE run_id = $1 ORDER BY first_index",
        &[run_id.as_str().into()],
    )?;
    let mut entries = Vec::new();
    for row in &rows {
        let first_index = row.count(0)?;
        if first_index != entries.len() as u64 {
            let message = format!("the journal of run `{run_id}` goes on at {first_index} after {}", entries.len());
            return Err(Error::Corrupt(message));
        }
        entries.append(&mut json::read::<Vec<Payload>>("journal.entries", row.text(1)?)?);
    }
    Ok(entries)
}

/// How many entries there are.
pub fn count(sql: &mut dyn Sql, run_id: &RunId) -> Result<u64> {
    let rows = sql.query(
        "SELECT first_index + entry_count FROM journal WHERE run_id = $1 ORDER BY first_index DESC LIMIT 1",
        &[run_id.as_str().into()],
    )?;
    rows.first().map_or(Ok(0), |row| row.count(0))
}

pub fn remove(sql: &mut dyn Sql, run_id: &RunId) -> Result<()> {
    sql.run("DELETE FROM journal WHERE run_id = $1", &[run_id.as_str().into()])?;
    Ok(())
}

/// `false` when the place is taken.
fn insert(sql: &mut dyn Sql, run_id: &RunId, first_index: u64, entries: &[Payload]) -> Result<bool> {
    let stored = sql.run(
        "INSERT INTO journal (run_id, first_index, entry_count, entries) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        &[
            run_id.as_str().into(),
            first_index.into(),
            (entries.len() as u64).into(),
            array(entries).as_str().into(),
        ],
    )?;
    Ok(stored == 1)
}

/// The entries are JSON already: their texts are joined, not written again.
fn array(entries: &[Payload]) -> String {
    let length = entries.iter().map(|entry| entry.bytes() + 1).sum::<usize>();
    let mut text = String::with_capacity(length + 1);
    for entry in entries {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(entry.json());
    }
    text.push(']');
    text
}
