//! When two values are the same, and which one comes first. Numbers compare by value, however they are written.
//! Every order here is total, so that sorting never depends on the order of arrival of unequal values.

use std::cmp::Ordering;
use std::iter::Sum;

use serde_json::Value;

/// A number by its value: exact for whole numbers, which a float alone is not beyond 2^53.
#[derive(Clone, Copy, Debug)]
pub struct Numeric {
    float: f64,
    whole: i128,
}

impl Numeric {
    /// A number, or text that reads as one.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(_) => Self::of_number(value),
            Value::String(text) => Self::of_text(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub fn of_number(value: &Value) -> Option<Self> {
        let number = value.as_number()?;
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        whole.map(Self::of_whole).or_else(|| number.as_f64().map(Self::of_float))
    }

    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        // `inf` and `nan` are words here.
        if !text.ends_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
            return None;
        }
        text.parse().ok().map(Self::of_whole).or_else(|| {
            let float: f64 = text.parse().ok()?;
            float.is_finite().then(|| Self::of_float(float))
        })
    }

    pub fn to_f64(self) -> f64 {
        self.float
    }

    /// A whole number as one, as far as JSON's readers keep it.
    pub fn to_json(self) -> Value {
        let whole = i64::try_from(self.whole).ok().filter(|whole| Self::of_whole(i128::from(*whole)) == self);
        whole.map_or_else(|| Value::from(self.float), Value::from)
    }

    fn of_whole(whole: i128) -> Self {
        Self { float: whole as f64, whole }
    }

    fn of_float(float: f64) -> Self {
        // Adding 0 makes -0 the same as 0.
        Self { float: float + 0.0, whole: float as i128 }
    }
}

/// Exact as long as all are whole numbers; others add up with what each step rounds off carried along.
impl Sum for Numeric {
    fn sum<Numbers: Iterator<Item = Self>>(numbers: Numbers) -> Self {
        let (mut whole, mut float, mut lost, mut all_whole) = (0_i128, 0.0_f64, 0.0_f64, true);
        for number in numbers {
            all_whole &= Self::of_whole(number.whole) == number;
            whole = whole.saturating_add(number.whole);
            let sum = float + number.float;
            lost += if float.abs() >= number.float.abs() {
                (float - sum) + number.float
            } else {
                (number.float - sum) + float
            };
            float = sum;
        }
        if all_whole { Self::of_whole(whole) } else { Self::of_float(float + lost) }
    }
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        self.float.total_cmp(&other.float).then(self.whole.cmp(&other.whole))
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric {}

/// Text that two values have in common exactly when they are the same. An absent value is the same as null.
pub fn identity(value: Option<&Value>) -> String {
    let mut text = String::new();
    write_identity(value.unwrap_or(&Value::Null), &mut text);
    text
}

/// As `identity`, but a number is the same as the text that reads like it: `7` and `"7"`, not `"07"`. None for null.
pub fn loose_identity(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(identity(Some(other))),
    }
}

fn write_identity(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => match number.as_f64() {
            // 1.0 is 1. Beyond 2^53 a float does not tell which whole number was meant.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 => {
                text.push_str(&(float as i64).to_string());
            }
            Some(_) | None => text.push_str(&number.to_string()),
        },
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_identity(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (name, value) in fields {
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                write_identity(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// Text as it is, any other value as its JSON text.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use serde_json::{Value, json};

    use super::{Numeric, identity, loose_identity};

    #[test]
    fn numbers_compare_by_value() {
        let order = |one: Value, other: Value| Numeric::of(&one).unwrap().cmp(&Numeric::of(&other).unwrap());
        assert_eq!(order(json!(9), json!("10")), Ordering::Less);
        assert_eq!(order(json!(1), json!(1.0)), Ordering::Equal);
        assert_eq!(order(json!(-0.0), json!(0)), Ordering::Equal);
        assert_eq!(order(json!(9_007_199_254_740_992_i64), json!(9_007_199_254_740_993_i64)), Ordering::Less);
        assert_eq!(order(json!(" -1.5e3 "), json!(-1500)), Ordering::Equal);
        for text in ["", "abc", "nan", "inf", "1,5", "0x10", "1 2", "-", ".", "1e999"] {
            assert_eq!(Numeric::of_text(text), None, "{text}");
        }
    }

    #[test]
    fn the_same_is_the_same_however_it_is_written() {
        let same = |one: Value, other: Value| identity(Some(&one)) == identity(Some(&other));
        assert!(same(json!({ "a": 1, "b": [2.0] }), json!({ "b": [2], "a": 1.0 })));
        assert!(!same(json!("1"), json!(1)) && !same(json!([1, 2]), json!([12])) && !same(json!("a,"), json!(["a"])));
        assert_eq!(identity(None), identity(Some(&Value::Null)));
        assert_eq!(loose_identity(Some(&json!("7"))), loose_identity(Some(&json!(7.0))));
        assert_ne!(loose_identity(Some(&json!("07"))), loose_identity(Some(&json!(7))));
        assert_eq!(loose_identity(None), None);
    }
}
