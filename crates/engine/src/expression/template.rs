//! Text with `{{ expressions }}`: minijinja with strict undefined, a limit of steps and of output, nothing but values.
//! A list or an object is written as JSON, null as `null`, text as it is. A template has no includes.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, LazyLock};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{ExpressionError, text_on_the_wire, values};
use crate::Scope;

/// Steps of one rendering. A step takes some 50 ns, so the longest template holds its thread for about 0.1 s;
/// a loop over 100,000 items with a condition inside still fits.
pub const TEMPLATE_FUEL: u64 = 2_000_000;
/// Longest result. Twice the largest prompt that a model takes today, and small enough to hold 64 of them at once.
pub const MAX_RENDERED_BYTES: usize = 16 * 1024 * 1024;
/// Longest template text: written by a person, or pasted from a document.
pub const MAX_TEMPLATE_BYTES: usize = 1024 * 1024;

const NAME: &str = "template";

/// Filters, tests and settings, shared by all templates: each of them clones a few pointers.
static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut base = Environment::new();
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    base.set_syntax(syntax.expect("the default delimiters are valid"));
    base.set_undefined_behavior(UndefinedBehavior::Strict);
    base.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    base.set_fuel(Some(TEMPLATE_FUEL));
    // Names the undefined expression in errors; costs nothing while none occurs.
    base.set_debug(true);
    base.set_formatter(write_value);
    base.add_filter("tojson", to_json);
    base.add_filter("fromjson", from_json);
    base.add_filter("truncate", truncate);
    base.remove_global("debug");
    // Each environment holds one template, and that one must not include itself.
    base.set_path_join_callback(|_, _| "another template".into());
    base
});

/// A template, parsed once. Cloning shares it. The default is the empty text.
#[derive(Clone)]
pub struct Template(Arc<Parsed>);

struct Parsed {
    text: String,
    /// Holds the one template `NAME`; absent when the text has nothing to evaluate.
    environment: Option<Environment<'static>>,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > MAX_TEMPLATE_BYTES {
            return Err(over_limit("the template", MAX_TEMPLATE_BYTES as u64, "bytes"));
        }
        let environment = if ["{{", "{%", "{#"].iter().any(|start| text.contains(start)) {
            let mut environment = BASE.clone();
            environment.add_template_owned(NAME, text.to_owned()).map_err(|error| ExpressionError::Syntax {
                line: error.line().unwrap_or(1),
                message: detail(&error),
            })?;
            Some(environment)
        } else {
            None
        };
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), environment })))
    }

    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// The text with every expression replaced by its value in `scope`.
    pub fn render(&self, scope: &Scope) -> Result<String, ExpressionError> {
        let Some(environment) = &self.0.environment else {
            return Ok(self.0.text.clone());
        };
        let template = environment.get_template(NAME).expect("the environment holds this one template");
        let mut output = Limited { bytes: Vec::with_capacity(self.0.text.len()), full: false };
        let rendered = template.render_captured_to(values::root(scope), &mut output).map(|_| ());
        match rendered {
            Ok(()) => Ok(String::from_utf8(output.bytes).expect("minijinja writes text")),
            Err(_) if output.full => Err(over_limit("the rendered text", MAX_RENDERED_BYTES as u64, "bytes")),
            Err(error) => Err(explain(&error, scope)),
        }
    }

    /// The nodes whose outputs the template names as `nodes.id`. Those named by `nodes["id"]` are not seen.
    pub fn nodes(&self) -> BTreeSet<String> {
        let Some(environment) = &self.0.environment else { return BTreeSet::new() };
        let template = environment.get_template(NAME).expect("the environment holds this one template");
        let names = template.undeclared_variables(true);
        let ids = names.iter().filter_map(|name| name.strip_prefix("nodes."));
        ids.filter_map(|path| path.split('.').next()).map(str::to_owned).collect()
    }
}

impl Default for Template {
    fn default() -> Self {
        Self(Arc::new(Parsed { text: String::new(), environment: None }))
    }
}

text_on_the_wire!(Template, {
    "type": "string",
    "x-widget": "template"
});

fn over_limit(what: &'static str, limit: u64, unit: &'static str) -> ExpressionError {
    ExpressionError::OverLimit { what, limit, unit }
}

fn explain(error: &Error, scope: &Scope) -> ExpressionError {
    let line = error.line().unwrap_or(1);
    match (error.kind(), undefined_name(error)) {
        (ErrorKind::OutOfFuel, _) => over_limit("the template", TEMPLATE_FUEL, "steps"),
        (_, Some(name)) => {
            let hint = values::hint(scope, &name);
            ExpressionError::Undefined { name, line, hint }
        }
        (_, None) => ExpressionError::Failed { line, message: detail(error) },
    }
}

/// minijinja says "`user.name` is undefined", alone or in brackets behind what it tried.
fn undefined_name(error: &Error) -> Option<String> {
    let (before, _) = error.detail()?.rsplit_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, name)| name.to_owned())
}

fn detail(error: &Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

struct Limited {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_RENDERED_BYTES {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_value(output: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let written = match (value.as_str(), value.kind()) {
        (Some(text), _) => output.write_str(text),
        (None, ValueKind::Undefined) => Ok(()),
        (None, ValueKind::None) => output.write_str("null"),
        (None, ValueKind::Bool | ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) => {
            output.write_str(&to_json_text(value)?)
        }
        (None, _) => output.write_fmt(format_args!("{value}")),
    };
    written.map_err(Error::from)
}

fn to_json_text(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value).map_err(not_json)
}

/// `tojson`, with `indent=2` on several lines. Unlike the built-in filter it does not escape for HTML.
fn to_json(value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    match indent {
        None | Some(0) => to_json_text(value),
        Some(width) => {
            let spaces = " ".repeat(width.min(8));
            let formatter = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
            let mut bytes = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
            serde::Serialize::serialize(value, &mut serializer).map_err(not_json)?;
            Ok(String::from_utf8(bytes).expect("serde_json writes text"))
        }
    }
}

fn not_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::BadSerialization, format!("cannot write the value as JSON: {error}"))
}

fn from_json(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::InvalidOperation, format!("`fromjson` got no JSON: {error}")))
}

/// `truncate(80)`: at most that many characters, with `…` (or `end="..."`) behind what was cut.
fn truncate(text: &str, length: usize, options: Kwargs) -> Result<String, Error> {
    let end: Option<&str> = options.get("end")?;
    options.assert_all_used()?;
    match text.char_indices().nth(length) {
        Some((cut, _)) => Ok(format!("{}{}", &text[..cut], end.unwrap_or("…"))),
        None => Ok(text.to_owned()),
    }
}
