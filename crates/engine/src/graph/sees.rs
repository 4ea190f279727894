//! Which other nodes a config can name, so that a node of a large graph is not handed everything that stands before
//! it. Read from the text alone, without knowing what is an expression: what cannot be told for sure is everything.

use std::collections::BTreeSet;

/// Outputs of other nodes that a node's expressions can ask for.
#[derive(Debug)]
pub(crate) enum Sees {
    /// These nodes, by index.
    Named(Vec<usize>),
    /// All nodes upstream.
    Everything,
}

impl Sees {
    /// `upstream` gives the index of a node that stands before, by id. A name that it does not know is a mistake, and
    /// its author is told what there is: everything.
    pub fn of(config: &str, upstream: impl Fn(&str) -> Option<usize>) -> Self {
        match names(config) {
            Some(names) => names.into_iter().map(upstream).collect::<Option<_>>().map_or(Self::Everything, Self::Named),
            None => Self::Everything,
        }
    }
}

/// All `x` of `nodes.x`. Nothing when `nodes` also stands in other ways, or could be hidden in an escape.
fn names(config: &str) -> Option<BTreeSet<&str>> {
    if config.contains("\\u") {
        return None;
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let named = config.split("nodes").skip(1).map(|rest| {
        let rest = rest.strip_prefix('.')?;
        let name = &rest[..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())];
        (!name.is_empty()).then_some(name)
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_plain_names_are_told_for_sure() {
        let told = |config: &str| names(config).map(|names| names.into_iter().collect::<Vec<_>>().join(" "));
        let cases = [
            ("{}", Some("")),
            ("{{ nodes.a.out }} {{ nodes.b_2 | upper }} {{nodes.a}}", Some("a b_2")),
            ("{{ nodes['a-b'] }} {{ nodes.a }}", None),
            ("{% for id in nodes %}", None),
            ("{{ nodes | tojson }}", None),
            ("{{ nodes.", None),
            ("{% set n = nodes%}", None),
            (r"{{ n\u006fdes.a }}", None),
        ];
        for (config, expected) in cases {
            assert_eq!(told(config).as_deref(), expected, "{config}");
        }
    }
}
