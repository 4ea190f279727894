//! The place of a field in an object, also inside other objects: `address.city`. A field whose own name holds the dots
//! goes before. What lies beside the way keeps its text.

use protocol::Payload;

use crate::list::{Field, Record, kind_of};

/// Puts `value` at `path`; objects that are missing on the way are made.
pub fn set(record: &mut Record, path: &str, value: Payload) -> Result<(), String> {
    let Some((first, rest)) = way(record, path) else {
        record.insert(path.to_owned(), value);
        return Ok(());
    };
    let mut inner = match record.get(first) {
        Some(inner) if !inner.is_null() => object(inner, first, rest)?,
        Some(_) | None => Record::new(),
    };
    set(&mut inner, rest, value)?;
    put_back(record, first, &inner)
}

/// Takes the field at `path` out.
pub fn take(record: &mut Record, path: &str) -> Result<Option<Payload>, String> {
    let Some((first, rest)) = way(record, path) else { return Ok(record.shift_remove(path)) };
    let Some(inner) = record.get(first).filter(|inner| inner.json().starts_with('{')) else { return Ok(None) };
    let mut inner = object(inner, first, rest)?;
    let taken = take(&mut inner, rest)?;
    if taken.is_some() {
        put_back(record, first, &inner)?;
    }
    Ok(taken)
}

/// Moves the field at `from` to `to`. Within the same object it stays where it stands.
pub fn rename(record: &mut Record, from: &str, to: &str) -> Result<(), String> {
    if from == to {
        return Ok(());
    }
    if way(record, from).is_none() && !to.contains('.') {
        if record.contains_key(from) {
            record.shift_remove(to);
        }
        if let Some((place, _, value)) = record.shift_remove_full(from) {
            record.shift_insert(place, to.to_owned(), value);
        }
        return Ok(());
    }
    match take(record, from)? {
        Some(value) => set(record, to, value),
        None => Ok(()),
    }
}

/// The fields alone, in their order.
pub fn keep(mut record: Record, fields: &[Field]) -> Result<Record, String> {
    let mut kept = Record::new();
    for field in fields {
        if let Some(value) = record.shift_remove(field.name()) {
            kept.insert(field.name().to_owned(), value);
        } else if let Some(value) = take(&mut record, field.name())? {
            set(&mut kept, field.name(), value)?;
        }
    }
    Ok(kept)
}

/// The object to go into and the rest of the way; none when the field is in this one.
fn way<'path>(record: &Record, path: &'path str) -> Option<(&'path str, &'path str)> {
    if record.contains_key(path) { None } else { path.split_once('.') }
}

fn object(value: &Payload, name: &str, rest: &str) -> Result<Record, String> {
    if !value.json().starts_with('{') {
        return Err(format!("`{name}` is {} and has no field `{rest}`", kind_of(value)));
    }
    value.parse().map_err(|error| format!("`{name}` cannot be read: {error}"))
}

fn put_back(record: &mut Record, name: &str, inner: &Record) -> Result<(), String> {
    let inner = Payload::of(inner).map_err(|error| format!("`{name}` cannot be written: {error}"))?;
    record.insert(name.to_owned(), inner);
    Ok(())
}
