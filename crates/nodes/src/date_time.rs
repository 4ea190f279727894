//! Dates and times: the moment of the step, other ways to write a moment, reckoning with calendars and time zones.
//! The clock is the context's. Since `now` differs from attempt to attempt, the type is not pure: its results are
//! journaled before anything is built on them. How moments are read and written is in `date_time/text`.

mod text;

use engine::Ports;
use engine::expression::Template;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Span, Timestamp, ToSpan, Unit, Zoned, ZonedRound};
use protocol::PortName;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::text::{ReadAs, WriteAs};
use crate::compare::Numeric;
use crate::face::{gives, takes};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// A moment, or what lies between two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DateTimeConfig {
    /// What is done.
    pub action: Action,
    /// The time zone of the result, such as `Europe/Berlin` or `UTC`. Dates without a time zone of their own are read in
    /// it too.
    pub time_zone: Template,
    /// How dates are read.
    pub read_as: ReadAs,
    /// How the result is written.
    pub write_as: WriteAs,
}

/// What is done with moments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The moment at which this step runs.
    #[default]
    #[schemars(title = "Now")]
    Now,
    /// A date is read and written in another way or time zone.
    #[schemars(title = "Convert")]
    Convert {
        /// The date, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
    },
    /// A while is added to a date.
    #[schemars(title = "Add")]
    Add {
        /// The date, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// How many of the unit, as a whole number. Less than 0 leads back.
        amount: Template,
        /// Unit of the amount.
        unit: TimeUnit,
    },
    /// A while is subtracted from a date.
    #[schemars(title = "Subtract")]
    Subtract {
        /// The date, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// How many of the unit, as a whole number.
        amount: Template,
        /// Unit of the amount.
        unit: TimeUnit,
    },
    /// The time between two dates, as a number. Less than 0 when the end lies before the start.
    #[schemars(title = "Difference")]
    Difference {
        /// The first date.
        start: Template,
        /// The second date.
        end: Template,
        /// Unit of the result. Days and longer units are those of the calendar in the time zone.
        unit: TimeUnit,
        /// Whether only whole units count.
        #[serde(default)]
        whole: bool,
    },
    /// The beginning of the day, week, month or other period that a date lies in.
    #[schemars(title = "Start of")]
    StartOf {
        /// The date, such as `{{ input }}`.
        #[serde(default = "arrived")]
        value: Template,
        /// The period.
        period: Period,
    },
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days of the calendar: where clocks change, they have 23 or 25 hours.
    Days,
    /// Weeks.
    Weeks,
    /// Months. Where the day does not exist, it is the last one of the month.
    Months,
    /// Years.
    Years,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A month.
    Month,
    /// A quarter of a year.
    Quarter,
    /// A year.
    Year,
}

fn arrived() -> Template {
    Template::parse("{{ input }}").expect("it is a template")
}

impl Default for DateTimeConfig {
    fn default() -> Self {
        let time_zone = Template::parse("UTC").expect("it is a template");
        Self { action: Action::Now, time_zone, read_as: ReadAs::default(), write_as: WriteAs::default() }
    }
}

pub struct DateTime;

impl Node for DateTime {
    const KIND: &'static str = "date_time";
    type Config = DateTimeConfig;

    fn face() -> Face {
        Face {
            label: "Date & time".to_owned(),
            description: "Now, formats, time zones, adding and subtracting, differences of dates.".to_owned(),
            group: Group::Data,
            icon: "calendar-clock".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Input", PortType::Any)],
            outputs: vec![gives("output", "Result", PortType::Any), gives("parts", "Parts", PortType::Json)],
            replay: ReplayClass::Idempotent,
            capabilities: vec![],
        }
    }

    fn check(config: &DateTimeConfig) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let zone = config.time_zone.text();
        if !zone.contains("{{") && !zone.contains("{%") {
            problems.extend(read_zone(zone).err().map(|failure| ("/time_zone".to_owned(), failure.message)));
        }
        problems.extend(config.read_as.problem().map(|problem| ("/read_as/pattern".to_owned(), problem)));
        problems.extend(config.write_as.problem().map(|problem| ("/write_as/pattern".to_owned(), problem)));
        problems
    }

    async fn run(config: &DateTimeConfig, _: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let zone = read_zone(&context.render(&config.time_zone, "time_zone").await?)?;
        let reading = Reading { config, context, zone: &zone };
        let moment = match &config.action {
            Action::Now => now(context, &zone)?,
            Action::Convert { value } => reading.moment(value, "value").await?,
            Action::Add { value, amount, unit } => {
                let amount = reading.amount(amount).await?;
                shifted(&reading.moment(value, "value").await?, amount, *unit)?
            }
            Action::Subtract { value, amount, unit } => {
                let amount = reading.amount(amount).await?;
                let amount = amount.checked_neg().ok_or_else(|| invalid_time("the amount is too large".to_owned()))?;
                shifted(&reading.moment(value, "value").await?, amount, *unit)?
            }
            Action::Difference { start, end, unit, whole } => {
                let start = reading.moment(start, "start").await?;
                let end = reading.moment(end, "end").await?;
                return Ok(Done::one("output", difference(&start, &end, *unit, *whole)?.into()));
            }
            Action::StartOf { value, period } => start_of(&reading.moment(value, "value").await?, *period)?,
        };
        Ok(Ports::from([
            (PortName::from("output"), config.write_as.write(&moment)?.into()),
            (PortName::from("parts"), parts(&moment).into()),
        ])
        .into())
    }
}

struct Reading<'attempt> {
    config: &'attempt DateTimeConfig,
    context: &'attempt Context,
    zone: &'attempt TimeZone,
}

impl Reading<'_> {
    async fn moment(&self, template: &Template, field: &str) -> Result<Zoned, NodeFailure> {
        let text = self.context.render(template, field).await?;
        self.config.read_as.read(text.trim(), self.zone)
    }

    async fn amount(&self, template: &Template) -> Result<i64, NodeFailure> {
        let text = self.context.render(template, "amount").await?;
        let whole = Numeric::of_text(&text).and_then(|number| number.to_json().as_i64());
        whole.ok_or_else(|| invalid_time(format!("the amount must be a whole number, not `{}`", text.trim())))
    }
}

fn read_zone(name: &str) -> Result<TimeZone, NodeFailure> {
    let name = name.trim();
    TimeZone::get(name)
        .map_err(|_| invalid_time(format!("there is no time zone `{name}`; write it as `Europe/Berlin`")))
}

fn now(context: &Context, zone: &TimeZone) -> Result<Zoned, NodeFailure> {
    let now = Timestamp::from_millisecond(context.now_ms).map_err(|error| invalid_time(error.to_string()))?;
    Ok(now.to_zoned(zone.clone()))
}

fn shifted(moment: &Zoned, amount: i64, unit: TimeUnit) -> Result<Zoned, NodeFailure> {
    let span = Span::new();
    let span = match unit {
        TimeUnit::Milliseconds => span.try_milliseconds(amount),
        TimeUnit::Seconds => span.try_seconds(amount),
        TimeUnit::Minutes => span.try_minutes(amount),
        TimeUnit::Hours => span.try_hours(amount),
        TimeUnit::Days => span.try_days(amount),
        TimeUnit::Weeks => span.try_weeks(amount),
        TimeUnit::Months => span.try_months(amount),
        TimeUnit::Years => span.try_years(amount),
    };
    let moved = span.and_then(|span| moment.checked_add(span));
    moved.map_err(|error| invalid_time(format!("cannot reckon with the date: {error}")))
}

fn difference(start: &Zoned, end: &Zoned, unit: TimeUnit, whole: bool) -> Result<Value, NodeFailure> {
    let unit = match unit {
        TimeUnit::Milliseconds => Unit::Millisecond,
        TimeUnit::Seconds => Unit::Second,
        TimeUnit::Minutes => Unit::Minute,
        TimeUnit::Hours => Unit::Hour,
        TimeUnit::Days => Unit::Day,
        TimeUnit::Weeks => Unit::Week,
        TimeUnit::Months => Unit::Month,
        TimeUnit::Years => Unit::Year,
    };
    let total = start.until((unit, end)).and_then(|span| span.total((unit, start)));
    let total = total.map_err(|error| invalid_time(format!("cannot reckon with the dates: {error}")))?;
    let total = if whole { total.trunc() } else { total };
    Ok(if total.fract() == 0.0 { json!(total as i64) } else { json!(total) })
}

fn start_of(moment: &Zoned, period: Period) -> Result<Zoned, NodeFailure> {
    let date = moment.date();
    let whole = |unit: Unit| moment.round(ZonedRound::new().smallest(unit).mode(RoundMode::Trunc));
    let day = match period {
        Period::Minute => return whole(Unit::Minute).map_err(unreckoned),
        Period::Hour => return whole(Unit::Hour).map_err(unreckoned),
        Period::Day => Ok(date),
        Period::Week => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
        Period::Month => Ok(date.first_of_month()),
        Period::Quarter => date.with().month(date.month() - (date.month() - 1) % 3).day(1).build(),
        Period::Year => Ok(date.first_of_year()),
    };
    day.and_then(|day| day.to_zoned(moment.time_zone().clone())).and_then(|day| day.start_of_day()).map_err(unreckoned)
}

fn unreckoned(error: jiff::Error) -> NodeFailure {
    invalid_time(format!("cannot reckon with the date: {error}"))
}

fn parts(moment: &Zoned) -> Value {
    let week = moment.date().iso_week_date();
    json!({
        "year": moment.year(),
        "month": moment.month(),
        "day": moment.day(),
        "hour": moment.hour(),
        "minute": moment.minute(),
        "second": moment.second(),
        "millisecond": moment.millisecond(),
        "weekday": moment.weekday().to_monday_one_offset(),
        "week": week.week(),
        "day_of_year": moment.day_of_year(),
        "offset_seconds": moment.offset().seconds(),
        "unix_ms": moment.timestamp().as_millisecond(),
    })
}

fn invalid_time(message: String) -> NodeFailure {
    NodeFailure::new("invalid_time", message)
}

#[cfg(test)]
mod tests;
