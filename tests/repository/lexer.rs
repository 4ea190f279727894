//! Tells code, string literals and comments of a Rust source apart, line by line, without parsing it.
//! Good enough for rules about words and paths; it does not expand macros.

/// One source in three layers. `code` has the source's line structure, with strings emptied and comments blanked out.
#[derive(Debug, Default)]
pub struct Lexed {
    pub code: String,
    /// Line of the opening quote, and the text between the quotes as written.
    pub strings: Vec<(usize, String)>,
    /// Line and text of each comment, markers included; block comments as one text.
    pub comments: Vec<(usize, String)>,
}

pub fn lex(source: &str) -> Lexed {
    let mut cursor = Cursor { rest: source, line: 1, last: ' ' };
    let mut lexed = Lexed::default();
    while let Some(next) = cursor.rest.chars().next() {
        if cursor.rest.starts_with("//") {
            let length = cursor.rest.find('\n').unwrap_or(cursor.rest.len());
            let line = cursor.line;
            lexed.comments.push((line, cursor.take(length).to_owned()));
        } else if cursor.rest.starts_with("/*") {
            let line = cursor.line;
            let text = cursor.take(block_comment_length(cursor.rest)).to_owned();
            lexed.code.push_str(&"\n".repeat(text.matches('\n').count()));
            lexed.comments.push((line, text));
        } else if let Some((opening, hashes)) = raw_string_opening(&cursor) {
            let closing = format!("\"{}", "#".repeat(hashes));
            cursor.take(opening);
            let length = cursor.rest.find(&closing).unwrap_or(cursor.rest.len());
            take_string(&mut cursor, &mut lexed, length, closing.len());
        } else if next == '"' {
            cursor.take(1);
            let length = string_length(cursor.rest);
            take_string(&mut cursor, &mut lexed, length, 1);
        } else {
            let length = char_literal_length(cursor.rest).unwrap_or(next.len_utf8());
            lexed.code.push_str(cursor.take(length));
        }
    }
    lexed
}

struct Cursor<'source> {
    rest: &'source str,
    line: usize,
    /// The character before `rest`.
    last: char,
}

impl<'source> Cursor<'source> {
    fn take(&mut self, length: usize) -> &'source str {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.last = taken.chars().next_back().unwrap_or(self.last);
        self.rest = rest;
        taken
    }
}

fn take_string(cursor: &mut Cursor<'_>, lexed: &mut Lexed, length: usize, closing: usize) {
    let line = cursor.line;
    let text = cursor.take(length).to_owned();
    cursor.take(closing);
    lexed.code.push_str("\"\"");
    lexed.code.push_str(&"\n".repeat(text.matches('\n').count()));
    lexed.strings.push((line, text));
}

/// Length of `r#"` and its kin, and the number of hashes.
fn raw_string_opening(cursor: &Cursor<'_>) -> Option<(usize, usize)> {
    if cursor.last.is_alphanumeric() || cursor.last == '_' {
        return None;
    }
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| cursor.rest.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#'])))?;
    let hashes = cursor.rest[prefix.len()..].chars().take_while(|found| *found == '#').count();
    let opening = prefix.len() + hashes;
    cursor.rest[opening..].starts_with('"').then_some((opening + 1, hashes))
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (index, found) in rest.char_indices() {
        match found {
            '"' if !escaped => return index,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut index = 0;
    while index < rest.len() {
        if rest[index..].starts_with("/*") {
            depth += 1;
            index += 2;
        } else if rest[index..].starts_with("*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return index;
            }
        } else {
            index += rest[index..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of `'x'` or `'\n'`; a lifetime has none.
fn char_literal_length(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return Some(escape[first..].find('\'')? + 1 + first + 2);
    }
    let letter = body.chars().next()?;
    body[letter.len_utf8()..].starts_with('\'').then_some(letter.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::lex;

    #[test]
    fn code_strings_and_comments_come_apart() {
        let lexed = lex(
            "let a = \"x // no \\\" y\"; // yes\nlet b = r#\"raw \"quoted\" SELECT\"#; /* one\ntwo */ let c = '\"';\nlet d: &'a str = b\"z\";\n",
        );
        assert_eq!(lexed.code, "let a = \"\"; \nlet b = \"\"; \n let c = '\"';\nlet d: &'a str = b\"\";\n");
        let strings: Vec<_> = lexed.strings.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(strings, [(1, "x // no \\\" y"), (2, "raw \"quoted\" SELECT"), (4, "z")]);
        let comments: Vec<_> = lexed.comments.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(comments, [(1, "// yes"), (2, "/* one\ntwo */")]);
    }

    #[test]
    fn a_string_over_several_lines_keeps_the_line_count() {
        let lexed = lex("f(\"SELECT 1\n  FROM t\");\nmod x;\n");
        assert_eq!(lexed.code.lines().nth(2), Some("mod x;"));
        assert_eq!(lexed.strings, [(1, "SELECT 1\n  FROM t".to_owned())]);
    }
}
