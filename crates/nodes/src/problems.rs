//! What a JSON Schema finds wrong with a value, told so that a person finds the place.
//! Used for configs here, and for what the validator node checks.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// A problem lists only so many others; the first ones lead to the cause.
const MAX_PROBLEMS: usize = 20;

/// JSON Pointer, message. Of a choice between tagged objects, only the chosen one's problems are told.
pub fn find(validator: &Validator, value: &Value) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for error in validator.iter_errors(value).take(MAX_PROBLEMS) {
        tell(&error, &mut problems);
    }
    problems
}

fn tell(error: &ValidationError<'_>, problems: &mut Vec<(String, String)>) {
    let choices = match error.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => context,
        _ => return problems.push((error.instance_path().to_string(), error.to_string())),
    };
    let mut expected = Vec::new();
    for choice in choices {
        match choice.iter().find_map(tag_mismatch) {
            Some(tag) => expected.push(tag),
            // The first choice whose tag fits, or that has none, is the one that was meant.
            None => return choice.iter().for_each(|error| tell(error, problems)),
        }
    }
    let Some(mismatch) = choices.iter().flatten().find(|error| tag_mismatch(error).is_some()) else {
        return problems.push((error.instance_path().to_string(), error.to_string()));
    };
    let found = match mismatch.instance().as_ref() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let message = format!("`{found}` is none of `{}`", expected.join("`, `"));
    problems.push((mismatch.instance_path().to_string(), message));
}

/// What the tag would have to be.
fn tag_mismatch(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.as_str()?.to_owned()),
        _ => None,
    }
}
