//! jq by jaq, cut down to computing on its input: no environment, no clock, no time zone of the machine, no log,
//! no further inputs, no modules, no end of the process.
//! A program may run for ever or use any amount of memory: nothing in here can interrupt it. Callers run it on a thread
//! of its own with a large stack and a deadline.

mod guard;

use std::sync::{Arc, LazyLock};

use jaq_core::data::JustLut;
use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::{Num, Val};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ExpressionError, MAX_NESTING, line_at, nested_too_deep, text_on_the_wire};
pub use guard::MAX_JQ_TOKENS;

/// A program that yields more values is most likely an endless one. Ten thousand rows fit a screen's table and a
/// payload; whoever has more yields them as one array.
pub const MAX_JQ_OUTPUTS: usize = 10_000;

/// Natives that reach outside the value, and the definitions built on them.
const OFF: &[&str] = &[
    "env",
    "now",
    "localtime",
    "strflocaltime",
    "debug_empty",
    "stderr_empty",
    "debug",
    "stderr",
    "halt",
    "halt_error",
];

static DEFINITIONS: LazyLock<Vec<Def<&'static str>>> = LazyLock::new(|| {
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|definition| !OFF.contains(&definition.name))
        .collect()
});

/// A jq program, compiled once. Cloning shares it. The default hands its input on.
#[derive(Clone)]
pub struct Jq(Arc<Compiled>);

struct Compiled {
    text: String,
    filter: Filter<JustLut<Val>>,
}

impl Jq {
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        nested_too_deep(text)?;
        let filter = guard::with_room(|| compile(text))?;
        Ok(Self(Arc::new(Compiled { text: text.to_owned(), filter })))
    }

    /// All values that the program yields for `value`, at most `MAX_JQ_OUTPUTS`.
    pub fn run(&self, value: &Value) -> Result<Vec<Value>, ExpressionError> {
        let input = Val::deserialize(value).map_err(|error| query(format!("cannot hand the value to jq: {error}")))?;
        let filter = &self.0.filter;
        let context = Ctx::<JustLut<Val>>::new(&filter.lut, Vars::new([]));
        let mut outputs = Vec::new();
        for output in filter.id.run((context, input)) {
            if outputs.len() == MAX_JQ_OUTPUTS {
                return Err(ExpressionError::OverLimit {
                    what: "the number of values that jq yields",
                    limit: MAX_JQ_OUTPUTS as u64,
                    unit: "values",
                });
            }
            let output = output.map_err(|exception| match exception.get_err() {
                Ok(error) => query(format!("jq failed: {}", message(error.into_val()))),
                Err(_) => query("jq tried to leave the program".to_owned()),
            })?;
            outputs.push(into_json(&output, 0)?);
        }
        Ok(outputs)
    }
}

impl Default for Jq {
    fn default() -> Self {
        Self::parse(".").expect("the identity compiles")
    }
}

text_on_the_wire!(Jq, {
    "type": "string",
    "x-widget": "code",
    "x-language": "jq"
});

fn compile(text: &str) -> Result<Filter<JustLut<Val>>, ExpressionError> {
    guard::check(text)?;
    let arena = Arena::default();
    let program = File { code: text, path: () };
    let modules =
        Loader::new(DEFINITIONS.iter().cloned()).load(&arena, program).map_err(|errors| unreadable(text, errors))?;
    let natives = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    Compiler::default()
        .with_funs(natives.filter(|(name, _, _)| !OFF.contains(name)))
        .compile(modules)
        .map_err(|errors| unknown(text, errors))
}

fn query(message: String) -> ExpressionError {
    ExpressionError::Query { message }
}

/// `error("text")` says the text, not its JSON.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to jaq")]
fn message(error: Val) -> String {
    match error {
        Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
        other => other.to_string(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to jaq")]
fn unreadable(text: &str, errors: load::Errors<&str, ()>) -> ExpressionError {
    let first = errors.into_iter().find_map(|(_, error)| match error {
        load::Error::Io(imports) => {
            imports.into_iter().next().map(|(path, _)| (path, format!("cannot import `{path}`: modules are off")))
        }
        load::Error::Lex(errors) => errors.into_iter().next().map(|(expected, found)| match expected {
            load::lex::Expect::Token => (found, format!("`{}` does not belong here", start(found))),
            expected => (found, expectation(expected.as_str(), found)),
        }),
        load::Error::Parse(errors) => {
            errors.into_iter().next().map(|(expected, found)| (found, expectation(expected.as_str(), found)))
        }
    });
    syntax(text, first)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum belongs to jaq")]
fn unknown(text: &str, errors: jaq_core::compile::Errors<&str, ()>) -> ExpressionError {
    let first = errors.into_iter().flat_map(|(_, errors)| errors).next().map(|(name, kind)| {
        let message = match kind {
            jaq_core::compile::Undefined::Filter(arity) => format!("there is no filter `{name}/{arity}`"),
            other => format!("there is no {} `{name}`", other.as_str()),
        };
        (name, message)
    });
    syntax(text, first)
}

fn syntax(text: &str, error: Option<(&str, String)>) -> ExpressionError {
    let (place, message) = error.unwrap_or(("", "the jq program cannot be read".to_owned()));
    let offset = if place.is_empty() { text.len() } else { load::span(text, place).start };
    ExpressionError::Syntax { line: line_at(text, offset), message }
}

fn expectation(expected: &str, found: &str) -> String {
    match found {
        "" => format!("expected {expected} at the end"),
        found => format!("expected {expected} before `{}`", start(found)),
    }
}

/// Enough of a program's rest to find the place.
fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

fn into_json(value: &Val, depth: usize) -> Result<Value, ExpressionError> {
    if depth > MAX_NESTING {
        return Err(query(format!("jq yielded a value nested deeper than {MAX_NESTING} levels")));
    }
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Num(number) => into_number(number),
        Val::TStr(text) | Val::BStr(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        Val::Arr(items) => Value::Array(items.iter().map(|item| into_json(item, depth + 1)).collect::<Result<_, _>>()?),
        Val::Obj(fields) => {
            let mut object = Map::new();
            for (key, value) in fields.iter() {
                let Val::TStr(key) = key else {
                    return Err(query(format!("jq yielded an object with the key `{key}`, which is not text")));
                };
                object.insert(String::from_utf8_lossy(key).into_owned(), into_json(value, depth + 1)?);
            }
            Value::Object(object)
        }
    })
}

/// JSON knows no `NaN` and no infinity: both become null, as in jq. Integers beyond 64 bits become floats.
fn into_number(number: &Num) -> Value {
    match number {
        Num::Int(value) => Value::from(*value),
        Num::Float(value) => Value::from(*value),
        Num::BigInt(_) | Num::Dec(_) => match number.to_string().parse::<serde_json::Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Null,
        },
    }
}
