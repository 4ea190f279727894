//! Large payloads and files, stored once under the hash of their content, and which runs refer to them.
//! A blob goes when the last run that refers to it goes.

use protocol::RunId;
use sha2::{Digest, Sha256};

use crate::{Error, Result, Sql, Value};

/// Where these bytes are stored: their SHA-256 in lower-case hex. Costs time in proportion; do it before queueing a write.
pub fn address(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("writing to a text cannot fail");
    }
    text
}

/// Stores the bytes if they are not there yet, and notes that the run refers to them. `address` comes from `address()`.
pub fn put(sql: &mut dyn Sql, run_id: &RunId, address: &str, bytes: &[u8]) -> Result<()> {
    sql.run(
        "INSERT INTO blobs (sha256, byte_count, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[address.into(), (bytes.len() as u64).into(), bytes.into()],
    )?;
    sql.run(
        "INSERT INTO blob_refs (run_id, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        &[run_id.as_str().into(), address.into()],
    )?;
    Ok(())
}

pub fn get(sql: &mut dyn Sql, address: &str) -> Result<Vec<u8>> {
    let mut rows = sql.query("SELECT bytes FROM blobs WHERE sha256 = $1", &[address.into()])?;
    let row = rows.first_mut().ok_or(Error::NotFound)?;
    if let Value::Blob(bytes) = row.take(0)? {
        return Ok(bytes);
    }
    Err(Error::Corrupt(format!("blob `{address}` is not stored as bytes")))
}

/// Drops the run's references, and with them the blobs that no other run refers to. Gives how many blobs went.
pub fn release(sql: &mut dyn Sql, run_id: &RunId) -> Result<u64> {
    let removed = sql.run(
        "DELETE FROM blobs WHERE sha256 IN (SELECT sha256 FROM blob_refs WHERE run_id = $1)
           AND NOT EXISTS (SELECT 1 FROM blob_refs WHERE blob_refs.sha256 = blobs.sha256 AND run_id <> $1)",
        &[run_id.as_str().into()],
    )?;
    sql.run("DELETE FROM blob_refs WHERE run_id = $1", &[run_id.as_str().into()])?;
    Ok(removed)
}
