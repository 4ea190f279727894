use serde_json::{Value, json};

use super::DateTime;
use crate::Node;
use crate::testing::Attempt;

/// 14 November 2023, 22:13:20.5 UTC, a Tuesday.
const NOW_MS: i64 = 1_700_000_000_500;

fn run(config: Value, arrived: Value) -> Result<(Value, Value), String> {
    let mut attempt = Attempt::of::<DateTime>(config).input("input", arrived);
    attempt.context.now_ms = NOW_MS;
    let done = attempt.run_now().map_err(|failure| {
        assert!(["invalid_time", "expression"].contains(&failure.code.as_str()), "{failure:?}");
        failure.message
    })?;
    Ok((done["output"].clone(), done.get("parts").cloned().unwrap_or_default()))
}

fn output(config: Value, arrived: Value) -> Value {
    let described = config.to_string();
    run(config, arrived).unwrap_or_else(|message| panic!("{described}: {message}")).0
}

fn convert(zone: &str, write_as: Value) -> Value {
    json!({ "action": { "type": "convert", "value": "{{ input }}" }, "time_zone": zone, "write_as": write_as })
}

#[test]
fn now_is_the_clock_of_the_attempt() {
    assert_eq!(output(json!({}), json!(null)), "2023-11-14T22:13:20.5Z");
    let berlin = json!({ "time_zone": "{{ input }}" });
    let (written, parts) = run(berlin, json!("Europe/Berlin")).unwrap();
    assert_eq!(written, "2023-11-14T23:13:20.5+01:00");
    let expected = json!({
        "year": 2023, "month": 11, "day": 14, "hour": 23, "minute": 13, "second": 20, "millisecond": 500,
        "weekday": 2, "week": 46, "day_of_year": 318, "offset_seconds": 3600, "unix_ms": NOW_MS,
    });
    assert_eq!(parts, expected);
    assert_eq!(DateTime::face().replay, protocol::nodes::ReplayClass::Idempotent);
}

#[test]
fn dates_are_read_as_people_write_them() {
    let cases = [
        (json!("2024-03-01"), "2024-03-01T00:00:00+01:00"),
        (json!("20240301"), "2024-03-01T00:00:00+01:00"),
        (json!("2024-03-01 09:30"), "2024-03-01T09:30:00+01:00"),
        (json!("2024-07-01T09:30:00"), "2024-07-01T09:30:00+02:00"),
        (json!("2024-03-01T09:30:00Z"), "2024-03-01T10:30:00+01:00"),
        (json!("2024-03-01T09:30:00-05:00[America/New_York]"), "2024-03-01T15:30:00+01:00"),
        (json!("Fri, 1 Mar 2024 09:30:00 +0000"), "2024-03-01T10:30:00+01:00"),
        (json!(1_700_000_000), "2023-11-14T23:13:20+01:00"),
        (json!(1_700_000_000_500_i64), "2023-11-14T23:13:20.5+01:00"),
        (json!(" -1 "), "1970-01-01T00:59:59+01:00"),
    ];
    for (arrived, expected) in cases {
        assert_eq!(output(convert("Europe/Berlin", json!({ "type": "iso" })), arrived.clone()), expected, "{arrived}");
    }
    let pattern = |pattern: &str| {
        let mut config = convert("Asia/Tokyo", json!({ "type": "iso" }));
        config["read_as"] = json!({ "type": "pattern", "pattern": pattern });
        config
    };
    assert_eq!(output(pattern("%d.%m.%Y"), json!("01.03.2024")), "2024-03-01T00:00:00+09:00");
    assert_eq!(output(pattern("%m/%d/%y %I:%M %p"), json!("03/01/24 02:30 PM")), "2024-03-01T14:30:00+09:00");
    assert_eq!(output(pattern("%Y-%m-%d %H:%M %z"), json!("2024-03-01 09:30 +0000")), "2024-03-01T18:30:00+09:00");
    assert_eq!(output(pattern("%s"), json!("0")), "1970-01-01T09:00:00+09:00");
}

#[test]
fn dates_are_written_as_asked() {
    let cases = [
        (json!({ "type": "date" }), json!("2024-03-01")),
        (json!({ "type": "time" }), json!("10:30:00")),
        (json!({ "type": "email" }), json!("Fri, 1 Mar 2024 10:30:00 +0100")),
        (json!({ "type": "unix_seconds" }), json!(1_709_285_400)),
        (json!({ "type": "unix_milliseconds" }), json!(1_709_285_400_000_i64)),
        (
            json!({ "type": "pattern", "pattern": "%A, %-d %B %Y, %H:%M, week %V" }),
            json!("Friday, 1 March 2024, 10:30, week 09"),
        ),
    ];
    for (write_as, expected) in cases {
        let arrived = json!("2024-03-01T09:30:00Z");
        assert_eq!(output(convert("Europe/Berlin", write_as.clone()), arrived), expected, "{write_as}");
    }
}

#[test]
fn reckons_with_calendars_and_clock_changes() {
    let shift = |kind: &str, amount: &str, unit: &str, from: &str| {
        let action = json!({ "type": kind, "value": "{{ input }}", "amount": amount, "unit": unit });
        output(json!({ "action": action, "time_zone": "Europe/Berlin" }), json!(from))
    };
    assert_eq!(shift("add", "1", "months", "2024-01-31"), "2024-02-29T00:00:00+01:00");
    assert_eq!(shift("subtract", "1", "years", "2024-02-29"), "2023-02-28T00:00:00+01:00");
    assert_eq!(shift("add", "1", "days", "2024-03-30T12:00"), "2024-03-31T12:00:00+02:00");
    assert_eq!(shift("add", "24", "hours", "2024-03-30T12:00"), "2024-03-31T13:00:00+02:00");
    assert_eq!(shift("add", "-90.0", "minutes", "2024-01-01"), "2023-12-31T22:30:00+01:00");
    assert_eq!(shift("subtract", "2", "weeks", "2024-01-15"), "2024-01-01T00:00:00+01:00");

    let difference = |unit: &str, whole: bool, start: &str, end: &str| {
        let action = json!({ "type": "difference", "start": start, "end": end, "unit": unit, "whole": whole });
        output(json!({ "action": action, "time_zone": "Europe/Berlin" }), json!(null))
    };
    assert_eq!(difference("days", false, "2024-03-30", "2024-04-01"), 2);
    assert_eq!(difference("hours", false, "2024-03-31", "2024-04-01"), 23);
    assert_eq!(difference("days", false, "2024-01-01", "2024-01-02T12:00"), 1.5);
    assert_eq!(difference("days", true, "2024-01-01", "2024-01-02T12:00"), 1);
    assert_eq!(difference("years", true, "1815-12-10", "2024-11-27"), 208);
    assert_eq!(difference("minutes", false, "2024-01-01T01:00", "2024-01-01"), -60);
}

#[test]
fn finds_the_beginning_of_a_period() {
    let cases = [
        ("minute", "2024-05-16T15:42:00+02:00"),
        ("hour", "2024-05-16T15:00:00+02:00"),
        ("day", "2024-05-16T00:00:00+02:00"),
        ("week", "2024-05-13T00:00:00+02:00"),
        ("month", "2024-05-01T00:00:00+02:00"),
        ("quarter", "2024-04-01T00:00:00+02:00"),
        ("year", "2024-01-01T00:00:00+01:00"),
    ];
    for (period, expected) in cases {
        let action = json!({ "type": "start_of", "value": "{{ input }}", "period": period });
        let config = json!({ "action": action, "time_zone": "Europe/Berlin" });
        assert_eq!(output(config, json!("2024-05-16T15:42:59.9")), expected, "{period}");
    }
}

#[test]
fn says_what_it_cannot_read_or_reckon() {
    let told = |config: Value, arrived: Value| run(config, arrived).unwrap_err();
    let iso = || convert("UTC", json!({ "type": "iso" }));
    let unread =
        "cannot read `31.12.2024` as a date; write it as `1999-12-31T09:00:00Z`, or give the pattern that it follows";
    assert_eq!(told(iso(), json!("31.12.2024")), unread);
    assert!(told(iso(), json!("")).starts_with("cannot read `` as a date"));
    assert!(told(iso(), json!("2024-02-30")).starts_with("cannot read `2024-02-30` as a date"));
    assert!(!told(iso(), json!(i64::MAX)).is_empty());
    let zone = told(json!({ "time_zone": "{{ input }}" }), json!("Berlin"));
    assert_eq!(zone, "there is no time zone `Berlin`; write it as `Europe/Berlin`");
    let add =
        |amount: &str| json!({ "action": { "type": "add", "value": "2024-01-01", "amount": amount, "unit": "years" } });
    assert_eq!(told(add("1.5"), json!(1)), "the amount must be a whole number, not `1.5`");
    assert!(told(add("9000"), json!(1)).starts_with("cannot reckon with the date"));
}

#[test]
fn patterns_and_zones_are_checked_before_a_run() {
    let check = |config: Value| {
        let problems = DateTime::check(&serde_json::from_value(config).unwrap());
        problems.into_iter().map(|(place, _)| place).collect::<Vec<_>>()
    };
    assert_eq!(check(json!({ "time_zone": "Mars/Olympus" })), ["/time_zone"]);
    assert_eq!(check(json!({ "time_zone": "{{ input.zone }}" })), [""; 0]);
    assert_eq!(check(json!({ "write_as": { "type": "pattern", "pattern": "%" } })), ["/write_as/pattern"]);
    assert_eq!(check(json!({ "read_as": { "type": "pattern", "pattern": "%E" } })), ["/read_as/pattern"]);
}
