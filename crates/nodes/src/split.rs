//! Splits a text into a list of texts, or a list into a list of batches.
//! The counterpart, which joins texts, is the merge node.

use engine::Ports;
use protocol::nodes::{Face, Group, NodeRole, PortType, ReplayClass};
use protocol::{Payload, PortName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::face::{gives, takes};
use crate::list::{self, invalid, kind_of};
use crate::node::{parse, payload};
use crate::{Context, Done, Inputs, Node, NodeFailure};

/// Memory for a list of this many texts stays below 100 MB, whatever they hold.
const MAX_PIECES: usize = 1_000_000;

/// A value cut into pieces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// Where the cuts are.
    pub mode: SplitMode,
}

/// Where a value is cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitMode {
    /// A text at its line breaks.
    #[schemars(title = "Lines")]
    Lines {
        /// Whether empty lines are left out.
        #[serde(default = "yes")]
        drop_empty: bool,
    },
    /// A text wherever another text stands in it.
    #[schemars(title = "Separator")]
    Separator {
        /// What stands between two pieces, such as `,`.
        #[schemars(length(min = 1))]
        separator: String,
        /// Whether spaces around the pieces are removed.
        #[serde(default = "yes")]
        trim: bool,
        /// Whether empty pieces are left out.
        #[serde(default = "yes")]
        drop_empty: bool,
    },
    /// A text into pieces of about the same length, as models and search indexes like them.
    #[schemars(title = "Chunks of text")]
    Chunks {
        /// Most characters of a piece.
        #[schemars(range(min = 1))]
        characters: usize,
        /// How many characters of a piece stand at the beginning of the next one again.
        #[serde(default)]
        overlap: usize,
        /// Whether pieces end between words where that is possible.
        #[serde(default = "yes")]
        whole_words: bool,
    },
    /// A list into shorter lists.
    #[schemars(title = "Batches of a list")]
    Batches {
        /// Most items of a batch.
        #[schemars(range(min = 1))]
        size: usize,
    },
}

fn yes() -> bool {
    true
}

impl Default for SplitMode {
    fn default() -> Self {
        Self::Lines { drop_empty: true }
    }
}

pub struct Split;

impl Node for Split {
    const KIND: &'static str = "split";
    type Config = SplitConfig;

    fn face() -> Face {
        Face {
            label: "Split".to_owned(),
            description: "Splits a text into a list (lines, separator, chunks) or a list into batches.".to_owned(),
            group: Group::Data,
            icon: "scissors".to_owned(),
            role: NodeRole::Step,
            inputs: vec![takes("input", "Text or list", PortType::Any)],
            outputs: vec![gives("output", "Pieces", PortType::List), gives("count", "Count", PortType::Number)],
            replay: ReplayClass::Pure,
            capabilities: vec![],
        }
    }

    fn check(config: &SplitConfig) -> Vec<(String, String)> {
        match &config.mode {
            SplitMode::Chunks { characters, overlap, .. } if overlap >= characters => {
                vec![("/mode/overlap".to_owned(), "the overlap must be shorter than a piece".to_owned())]
            }
            SplitMode::Lines { .. }
            | SplitMode::Separator { .. }
            | SplitMode::Chunks { .. }
            | SplitMode::Batches { .. } => vec![],
        }
    }

    async fn run(config: &SplitConfig, inputs: Inputs, context: &Context) -> Result<Done, NodeFailure> {
        let (mode, arrived) = (config.mode.clone(), inputs.required("input")?.clone());
        let bytes = arrived.bytes();
        let room = context.outside.limits.max_output_bytes;
        let work = move || split(&mode, &arrived, room);
        let (pieces, count) = list::compute(context, "the splitting", bytes, work).await?;
        Ok(Ports::from([(PortName::from("output"), pieces), (PortName::from("count"), Payload::from(json!(count)))])
            .into())
    }
}

/// `room` is how many bytes the pieces may have together: those that overlap have more than the text.
fn split(mode: &SplitMode, arrived: &Payload, room: usize) -> Result<(Payload, usize), NodeFailure> {
    if let SplitMode::Batches { size } = mode {
        let items = list::items(arrived, "input")?;
        let batches: Vec<&[Payload]> = items.chunks(*size).collect();
        return Ok((payload(&batches)?, batches.len()));
    }
    if !arrived.json().starts_with('"') {
        return Err(invalid(format!("what arrived at port `input` is {}, not text", kind_of(arrived))));
    }
    let text: String = parse(arrived, "input")?;
    let pieces = match mode {
        SplitMode::Lines { drop_empty } => {
            taken(text.lines().filter(|line| !drop_empty || !line.trim().is_empty()), room)?
        }
        SplitMode::Separator { separator, trim, drop_empty } => {
            let pieces = text.split(separator.as_str()).map(|piece| if *trim { piece.trim() } else { piece });
            taken(pieces.filter(|piece| !drop_empty || !piece.is_empty()), room)?
        }
        SplitMode::Chunks { characters, overlap, whole_words } => {
            taken(Chunks { text: &text, characters: *characters, overlap: *overlap, whole_words: *whole_words }, room)?
        }
        SplitMode::Batches { .. } => vec![],
    };
    Ok((payload(&pieces)?, pieces.len()))
}

fn taken<'text>(pieces: impl Iterator<Item = &'text str>, mut room: usize) -> Result<Vec<&'text str>, NodeFailure> {
    let too_large = |message: String| NodeFailure::new("too_large", message);
    let mut taken = Vec::new();
    for piece in pieces {
        if taken.len() == MAX_PIECES {
            return Err(too_large(format!("the text falls into more than {MAX_PIECES} pieces")));
        }
        room = room.checked_sub(piece.len()).ok_or_else(|| {
            too_large("the pieces together are longer than a step may give: they overlap too much".to_owned())
        })?;
        taken.push(piece);
    }
    Ok(taken)
}

/// The rest of a text, piece by piece.
struct Chunks<'text> {
    text: &'text str,
    characters: usize,
    overlap: usize,
    whole_words: bool,
}

impl<'text> Iterator for Chunks<'text> {
    type Item = &'text str;

    fn next(&mut self) -> Option<&'text str> {
        if self.text.is_empty() {
            return None;
        }
        let Some((far, next)) = self.text.char_indices().nth(self.characters) else {
            return Some(std::mem::take(&mut self.text));
        };
        let end = if self.whole_words && !next.is_whitespace() {
            // No break in the part that is repeated anyway: the next piece would begin no further on.
            let earliest = self.text.char_indices().nth(self.overlap).map_or(far, |(at, _)| at);
            let space = self.text[..far].char_indices().rev().find(|(_, letter)| letter.is_whitespace());
            space.map(|(at, letter)| at + letter.len_utf8()).filter(|end| *end > earliest).unwrap_or(far)
        } else {
            far
        };
        let piece = &self.text[..end];
        let again: usize = piece.chars().rev().take(self.overlap).map(char::len_utf8).sum();
        self.text = &self.text[end - again..];
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_PIECES, Split};
    use crate::testing::Attempt;

    fn run(mode: Value, arrived: Value) -> Result<Value, String> {
        let done = Attempt::of::<Split>(json!({ "mode": mode })).input("input", arrived).run_now();
        done.map(|done| {
            assert_eq!(done["count"], done["output"].as_array().unwrap().len());
            done["output"].clone()
        })
        .map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn cuts_texts_and_lists() {
        let cases = [
            (json!({ "type": "lines" }), json!("a\r\n\n b \n"), json!(["a", " b "])),
            (json!({ "type": "lines", "drop_empty": false }), json!("a\n\nb"), json!(["a", "", "b"])),
            (json!({ "type": "separator", "separator": "," }), json!("a, b,,c "), json!(["a", "b", "c"])),
            (
                json!({ "type": "separator", "separator": "--", "trim": false, "drop_empty": false }),
                json!("a -- b--"),
                json!(["a ", " b", ""]),
            ),
            (json!({ "type": "batches", "size": 2 }), json!([1, 2.50, { "a": 3 }]), json!([[1, 2.5], [{ "a": 3 }]])),
            (json!({ "type": "batches", "size": 9 }), json!([]), json!([])),
            (json!({ "type": "lines" }), json!(""), json!([])),
        ];
        for (mode, arrived, expected) in cases {
            assert_eq!(run(mode.clone(), arrived), Ok(expected), "{mode}");
        }
    }

    #[test]
    fn chunks_hold_the_whole_text() {
        let chunks = |text: &str, characters: usize, overlap: usize, whole_words: bool| {
            let mode =
                json!({ "type": "chunks", "characters": characters, "overlap": overlap, "whole_words": whole_words });
            run(mode, json!(text)).unwrap()
        };
        assert_eq!(chunks("abcdefg", 3, 0, false), json!(["abc", "def", "g"]));
        assert_eq!(chunks("äöüß", 2, 1, false), json!(["äö", "öü", "üß"]));
        assert_eq!(chunks("one two three", 8, 0, true), json!(["one two ", "three"]));
        assert_eq!(chunks("one two three", 7, 0, true), json!(["one two", " three"]));
        assert_eq!(chunks("incomprehensible word", 5, 0, true), json!(["incom", "prehe", "nsibl", "e ", "word"]));
        assert_eq!(chunks("a bcdefgh", 4, 3, true), json!(["a bc", " bcd", "bcde", "cdef", "defg", "efgh"]));
        assert_eq!(chunks("", 5, 0, true), json!([]));
    }

    #[test]
    fn says_what_it_cannot_cut() {
        let lines = run(json!({ "type": "lines" }), json!({ "a": "b" })).unwrap_err();
        assert_eq!(lines, "invalid_input: what arrived at port `input` is an object, not text");
        let batches = run(json!({ "type": "batches", "size": 1 }), json!("a")).unwrap_err();
        assert_eq!(batches, "invalid_input: what arrived at port `input` is text, not a list");
        let mode = json!({ "type": "chunks", "characters": 1 });
        let long = run(mode, json!("x".repeat(MAX_PIECES + 1))).unwrap_err();
        assert_eq!(long, "too_large: the text falls into more than 1000000 pieces");
        let mut outside = crate::testing::outside();
        outside.limits.max_output_bytes = 1_000;
        let mode = json!({ "type": "chunks", "characters": 50, "overlap": 49 });
        let attempt = Attempt::of::<Split>(json!({ "mode": mode })).input("input", json!("x".repeat(500)));
        assert_eq!(attempt.outside(outside).run_now().unwrap_err().code, "too_large");
    }

    #[test]
    fn an_overlap_is_shorter_than_a_piece() {
        use crate::Node;
        let config = serde_json::from_value(json!({ "mode": { "type": "chunks", "characters": 5, "overlap": 5 } }));
        assert_eq!(Split::check(&config.unwrap())[0].0, "/mode/overlap");
    }
}
