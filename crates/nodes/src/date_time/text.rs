//! How moments are read from text and written as text.
//! Text without a time zone is read in the one of the node.

use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::invalid_time;
use crate::NodeFailure;

/// Up to here a number without a unit counts seconds: until the year 5138. Greater ones count milliseconds.
const MOST_UNIX_SECONDS: i64 = 100_000_000_000;

/// How dates are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadAs {
    /// As ISO 8601 (`1999-12-31`, `1999-12-31T09:00:00Z`), as in e-mails (`Fri, 31 Dec 1999 09:00:00 +0000`), or as seconds
    /// or milliseconds since 1970.
    #[default]
    #[schemars(title = "Automatic")]
    Automatic,
    /// By a pattern.
    #[schemars(title = "Pattern")]
    Pattern {
        /// The pattern, such as `%d.%m.%Y %H:%M`: `%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute, `%S` second, `%z`
        /// offset.
        #[schemars(length(min = 1, max = 200))]
        pattern: String,
    },
}

/// How a moment is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum WriteAs {
    /// `1999-12-31T09:00:00+01:00`
    #[default]
    #[schemars(title = "ISO 8601")]
    Iso,
    /// `1999-12-31`
    #[schemars(title = "Date")]
    Date,
    /// `09:00:00`
    #[schemars(title = "Time")]
    Time,
    /// `Fri, 31 Dec 1999 09:00:00 +0100`, as in e-mails.
    #[schemars(title = "E-mail")]
    Email,
    /// Seconds since 1970, as a number.
    #[schemars(title = "Unix seconds")]
    UnixSeconds,
    /// Milliseconds since 1970, as a number.
    #[schemars(title = "Unix milliseconds")]
    UnixMilliseconds,
    /// By a pattern.
    #[schemars(title = "Pattern")]
    Pattern {
        /// The pattern, such as `%d.%m.%Y %H:%M` or `%A, %-d %B %Y`: `%Y` year, `%m` month, `%B` its name, `%d` day, `%A` day of
        /// the week, `%H` hour, `%M` minute, `%S` second, `%z` offset, `%V` week.
        #[schemars(length(min = 1, max = 200))]
        pattern: String,
    },
}

impl ReadAs {
    pub fn read(&self, text: &str, zone: &TimeZone) -> Result<Zoned, NodeFailure> {
        match self {
            Self::Automatic => automatic(text, zone),
            Self::Pattern { pattern } => by_pattern(pattern, text, zone).map_err(|error| {
                invalid_time(format!("cannot read `{}` by the pattern `{pattern}`: {error}", shown(text)))
            }),
        }
    }

    /// What is wrong with the pattern.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Automatic => None,
            Self::Pattern { pattern } => faulty(pattern),
        }
    }
}

impl WriteAs {
    pub fn write(&self, moment: &Zoned) -> Result<Value, NodeFailure> {
        Ok(match self {
            Self::Iso => match moment.time_zone().iana_name() {
                Some("UTC") => json!(moment.timestamp().to_string()),
                Some(_) | None => json!(moment.timestamp().display_with_offset(moment.offset()).to_string()),
            },
            Self::Date => json!(moment.date().to_string()),
            Self::Time => json!(moment.strftime("%H:%M:%S").to_string()),
            Self::Email => json!(
                rfc2822::to_string(moment).map_err(|error| invalid_time(format!("cannot write the date: {error}")))?
            ),
            Self::UnixSeconds => json!(moment.timestamp().as_second()),
            Self::UnixMilliseconds => json!(moment.timestamp().as_millisecond()),
            Self::Pattern { pattern } => json!(strtime::format(pattern, moment).map_err(|error| {
                invalid_time(format!("cannot write the date by the pattern `{pattern}`: {error}"))
            })?),
        })
    }

    /// What is wrong with the pattern.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Pattern { pattern } => faulty(pattern),
            Self::Iso | Self::Date | Self::Time | Self::Email | Self::UnixSeconds | Self::UnixMilliseconds => None,
        }
    }
}

fn faulty(pattern: &str) -> Option<String> {
    let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    strtime::format(pattern, &sample).err().map(|error| error.to_string())
}

fn automatic(text: &str, zone: &TimeZone) -> Result<Zoned, NodeFailure> {
    // Eight digits are a date, `19991231`.
    if text.len() != 8
        && let Ok(number) = text.parse::<i64>()
    {
        let moment = if number.abs() <= MOST_UNIX_SECONDS {
            Timestamp::from_second(number)
        } else {
            Timestamp::from_millisecond(number)
        };
        return moment.map(|moment| moment.to_zoned(zone.clone())).map_err(|error| invalid_time(error.to_string()));
    }
    if let Ok(moment) = text.parse::<Zoned>() {
        return Ok(moment.with_time_zone(zone.clone()));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.to_zoned(zone.clone()));
    }
    if let Ok(moment) = rfc2822::parse(text) {
        return Ok(moment.with_time_zone(zone.clone()));
    }
    let read = text.parse::<DateTime>().and_then(|moment| moment.to_zoned(zone.clone()));
    read.map_err(|_| {
        let hint = "write it as `1999-12-31T09:00:00Z`, or give the pattern that it follows";
        invalid_time(format!("cannot read `{}` as a date; {hint}", shown(text)))
    })
}

fn by_pattern(pattern: &str, text: &str, zone: &TimeZone) -> Result<Zoned, jiff::Error> {
    let read = strtime::parse(pattern, text)?;
    if read.offset().is_some() || read.iana_time_zone().is_some() {
        return Ok(read.to_zoned()?.with_time_zone(zone.clone()));
    }
    if let Some(timestamp) = read.timestamp() {
        return Ok(timestamp.to_zoned(zone.clone()));
    }
    // A pattern without hours means midnight.
    let moment = if read.hour().is_some() { read.to_datetime()? } else { read.to_date()?.at(0, 0, 0, 0) };
    moment.to_zoned(zone.clone())
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
