//! Keeps programs from running out of stack, because that ends the whole process and no deadline helps: the parser
//! calls itself for each level of nesting, so a program has a longest length and is read where the stack holds it;
//! and a definition that calls itself nests for as long as it likes, so none may.

use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::load::{self, Lexer};
use jaq_core::path::Part;

use crate::expression::{ExpressionError, line_at};

/// Longest program, in words, names and signs. People write some tens.
pub const MAX_JQ_TOKENS: usize = 2_000;

/// The parser takes up to 16 KiB a level, and each word may be one. Untouched stack costs address space only.
const STACK_BYTES: usize = 64 << 20;

/// Reads a program on a thread whose stack holds the longest one; the stacks of the callers hold a tenth of it.
pub(super) fn with_room<T: Send>(
    read: impl FnOnce() -> Result<T, ExpressionError> + Send,
) -> Result<T, ExpressionError> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("read jq".to_owned()).stack_size(STACK_BYTES);
        match builder.spawn_scoped(scope, read) {
            Ok(reader) => reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(ExpressionError::Query {
                message: format!("cannot start a thread to read the jq program: {error}"),
            }),
        }
    })
}

pub(super) fn check(text: &str) -> Result<(), ExpressionError> {
    // A text that cannot be read is told by the loader, which says where.
    let Ok(tokens) = Lexer::new(text).lex() else { return Ok(()) };
    if count(&tokens) > MAX_JQ_TOKENS {
        return Err(ExpressionError::OverLimit {
            what: "the length of the jq program",
            limit: MAX_JQ_TOKENS as u64,
            unit: "words and signs",
        });
    }
    let Some(program) = load::parse(text, |parser| parser.term()) else { return Ok(()) };
    match calls_itself(&program, &mut Vec::new()) {
        None => Ok(()),
        Some(name) => Err(ExpressionError::Syntax {
            line: line_at(text, load::span(text, name).start),
            message: format!("`{name}` calls itself, which is off here: use `recurse`, `until`, `reduce` or `walk`"),
        }),
    }
}

fn count(tokens: &[Token<&str>]) -> usize {
    let inside = |token: &Token<&str>| match &token.1 {
        Tok::Block(tokens) => count(tokens),
        Tok::Str(parts) => parts
            .iter()
            .map(|part| match part {
                StrPart::Term(token) => count(std::slice::from_ref(token)),
                StrPart::Str(_) | StrPart::Char(_) => 0,
            })
            .sum(),
        Tok::Word | Tok::Var | Tok::Fmt | Tok::Num | Tok::Sym => 0,
    };
    tokens.iter().map(|token| 1 + inside(token)).sum()
}

/// `around` holds the definitions in whose bodies we are: name and number of arguments.
fn calls_itself<'text>(term: &Term<&'text str>, around: &mut Vec<(&'text str, usize)>) -> Option<&'text str> {
    if let Term::Call(name, arguments) = term
        && around.contains(&(*name, arguments.len()))
    {
        return Some(name);
    }
    if let Term::Def(definitions, _) = term {
        for definition in definitions {
            around.push((definition.name, definition.args.len()));
            let found = calls_itself(&definition.body, around);
            around.pop();
            if found.is_some() {
                return found;
            }
        }
    }
    parts(term).into_iter().find_map(|part| calls_itself(part, around))
}

/// The terms inside a term, without the bodies of definitions.
fn parts<'term, 'text>(term: &'term Term<&'text str>) -> Vec<&'term Term<&'text str>> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => vec![],
        Term::Str(_, parts) => parts
            .iter()
            .filter_map(|part| match part {
                StrPart::Term(term) => Some(term),
                StrPart::Str(_) | StrPart::Char(_) => None,
            })
            .collect(),
        Term::Arr(inner) => inner.as_deref().into_iter().collect(),
        Term::Obj(fields) => fields.iter().flat_map(|(key, value)| [Some(key), value.as_ref()]).flatten().collect(),
        Term::Neg(inner) | Term::Label(_, inner) | Term::Def(_, inner) => vec![inner],
        Term::BinOp(left, operator, right) => {
            let mut parts = vec![&**left, &**right];
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                keys(pattern, &mut parts);
            }
            parts
        }
        Term::Fold(_, over, pattern, arguments) => {
            let mut parts: Vec<_> = std::iter::once(&**over).chain(arguments).collect();
            keys(pattern, &mut parts);
            parts
        }
        Term::TryCatch(tried, caught) => std::iter::once(&**tried).chain(caught.as_deref()).collect(),
        Term::IfThenElse(branches, otherwise) => {
            branches.iter().flat_map(|(condition, then)| [condition, then]).chain(otherwise.as_deref()).collect()
        }
        Term::Call(_, arguments) => arguments.iter().collect(),
        Term::Path(from, path) => {
            let steps = path.0.iter().flat_map(|(part, _)| match part {
                Part::Index(index) => [Some(index), None],
                Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            });
            std::iter::once(&**from).chain(steps.flatten()).collect()
        }
    }
}

/// Computed keys of a pattern such as `{(f): $x}`.
fn keys<'term, 'text>(pattern: &'term Pattern<&'text str>, found: &mut Vec<&'term Term<&'text str>>) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| keys(item, found)),
        Pattern::Obj(fields) => {
            for (key, value) in fields {
                found.push(key);
                keys(value, found);
            }
        }
    }
}
