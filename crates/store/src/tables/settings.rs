//! Settings that people have changed; what is not here has its default.
//! What a setting accepts is not checked here.

use protocol::{Payload, SettingKey};

use super::json;
use crate::{Result, Sql};

/// All stored ones, by their keys.
pub fn list(sql: &mut dyn Sql) -> Result<Vec<(SettingKey, Payload)>> {
    let rows = sql.query("SELECT key, value FROM settings ORDER BY key", &[])?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), json::read("settings.value", row.text(1)?)?))).collect()
}

pub fn set(sql: &mut dyn Sql, key: &SettingKey, value: &Payload) -> Result<()> {
    sql.run(
        "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        &[key.as_str().into(), value.json().into()],
    )?;
    Ok(())
}
