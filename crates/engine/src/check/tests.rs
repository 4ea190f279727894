//! A graph in lines, and what its author is told. `ok` stands before graphs that nothing is wrong with.

use crate::testing::{findings_text, kinds, spec};

const OK: &str = "s: source\nr: result\ns.out -> r.value\n";

/// `lines` are added to a graph without findings.
fn told(lines: &str) -> String {
    findings_text(&super::check(&spec(&format!("{OK}{lines}")), &kinds()))
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(lines, expected)| (lines, expected, told(lines)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(lines, expected, found)| format!("{lines}\n--- expected\n{expected}\n--- found\n{found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn nodes() {
    check(&[
        ("", ""),
        ("n: note", ""),
        ("x: nothing\ns.out -> x.in", "error unknown_kind x: there is no node type `nothing`"),
        (
            "s: step\ns.out -> s.in",
            "error duplicate_id s: another node has the id `s`\nerror unknown_port s in: `s` has no input port `in`; there is: none",
        ),
        (
            "a b: sink\ns.out -> a b.in",
            "error bad_id a b: the id `a b` is not made of 1 to 64 letters, digits, `_` and `-`",
        ),
        ("x: sink {\"bad\": 1}\ns.out -> x.in", "error invalid_config x /bad: `bad` is not allowed"),
        (
            "x: sink",
            "error missing_input x in: no edge leads to the port `in` of `x`\nwarning unconnected x: no edge begins or ends at `x`",
        ),
        ("t: result\ns.out -> t.value", "error duplicate_result_name t /name: the result `result` is also made by `r`"),
        ("t: result {\"name\": \"other\"}\ns.out -> t.value", ""),
        (
            "x: router {\"branches\": [{\"name\": \"a\"}, {\"name\": \"a\"}, {\"name\": \"\"}, {\"name\": \"otherwise\"}]}\ns.out -> x.in",
            "error bad_port x a: the node has two output ports named `a`\nerror bad_port x : the port name `` is not 1 to 64 characters long\nerror bad_port x otherwise: the node has two output ports named `otherwise`",
        ),
    ]);
}

#[test]
fn policies() {
    check(&[
        (
            "x: sink {} {\"timeout_ms\": 0}\ns.out -> x.in",
            "error limits x timeout_ms: the time limit is not between 1 and 604800000 ms",
        ),
        (
            "x: sink {} {\"retry\": {\"max_attempts\": 101}}\ns.out -> x.in",
            "error limits x retry: the number of attempts is not between 1 and 100",
        ),
        (
            "x: sink {} {\"retry\": {\"max_attempts\": 0}}\ns.out -> x.in",
            "error limits x retry: the number of attempts is not between 1 and 100",
        ),
        (
            "x: sink {} {\"retry\": {\"max_attempts\": 1, \"max_backoff_ms\": 999999999}}\ns.out -> x.in",
            "error limits x retry: the pause between attempts is over 604800000 ms",
        ),
        (
            "x: sink {} {\"on_error\": {\"action\": \"fallback\", \"value\": 1}}\ns.out -> x.in",
            "error limits x on_error: the fallback has no port to leave by: the node has no outputs",
        ),
        (
            "x: mail {} {\"replay\": \"pure\"}\ns.out -> x.in",
            "error loose_replay x replay: the author's replay class is looser than that of the node type",
        ),
        ("x: step {} {\"replay\": \"at_most_once\"}\ns.out -> x.in", ""),
    ]);
}

#[test]
fn edges() {
    check(&[
        (
            "s.out -> gone.in",
            "error unknown_node s: the edge `s.out` → `gone.in` names the node `gone`, which is not there",
        ),
        (
            "gone.out -> r.value",
            "error unknown_node r: the edge `gone.out` → `r.value` names the node `gone`, which is not there",
        ),
        ("s.output -> r.value", "error unknown_port s output: `s` has no output port `output`; there is: `out`"),
        ("s.out -> r.in", "error unknown_port r in: `r` has no input port `in`; there is: `value`"),
        (
            "s.out -> r.value",
            "error duplicate_edge r value: the edge `s.out` → `r.value` stands twice\nwarning fan_in r value: several edges lead to the port `value` of `r`, which takes one value; put a merge node in between",
        ),
        ("x: sink {} {\"on_error\": {\"action\": \"error_port\"}}\nt: sink\ns.out -> x.in\nx.error -> t.in", ""),
        (
            "x: sink\nt: sink\ns.out -> x.in\nx.error -> t.in",
            "error unknown_port x error: `x` has no output port `error`; there is: none",
        ),
    ]);
}

#[test]
fn types_fit() {
    let types = ["text", "number", "boolean", "list", "json", "blob"];
    let mut refused = Vec::new();
    for source in types {
        for target in types {
            let findings = told(&format!("x: typed\ny: typed\ns.out -> x.{source}\nx.{source} -> y.{target}"));
            if findings.contains("incompatible_types") {
                refused.push(format!("{source}→{target}"));
            } else {
                assert_eq!(findings, "");
            }
        }
    }
    insta::assert_snapshot!(refused.join(" "), @"text→number text→boolean text→list text→blob number→boolean number→list number→blob boolean→number boolean→list boolean→blob list→text list→number list→boolean list→blob json→number json→boolean json→blob blob→text blob→number blob→boolean blob→list blob→json");
    check(&[(
        "x: typed\ny: typed\ns.out -> x.list\nx.list -> y.number",
        "error incompatible_types y number: the edge `x.list` → `y.number` brings a list to a port for a number",
    )]);
}

#[test]
fn shape() {
    let only = |lines: &str| findings_text(&super::check(&spec(lines), &kinds()));
    assert_eq!(only(""), "error empty_graph: the graph has no node that does something");
    assert_eq!(only("n: note"), "error empty_graph: the graph has no node that does something");
    assert_eq!(only("s: source"), "warning no_result: no node makes a result, so the run's outputs will be empty");
    check(&[
        ("x: source", "warning unconnected x: no edge begins or ends at `x`"),
        (
            "c: step\nb: step\na: step\na.out -> b.in\nb.out -> c.in\nc.out -> a.in",
            "error cycle c: the edges go in a circle: `c` → `a` → `b` → `c`",
        ),
        ("a: step\na.out -> a.in", "error cycle a: the edges go in a circle: `a` → `a`"),
        // The circle is named, not what stands behind it.
        (
            "t: step\na: pair\nb: step\na.out -> b.in\nb.out -> a.a\ns.out -> a.b\nb.out -> t.in",
            "error cycle a: the edges go in a circle: `a` → `b` → `a`",
        ),
    ]);
    let many: String = (0..super::MAX_NODES).map(|place| format!("n{place}: source\n")).collect();
    assert_eq!(told(&many), "error limits: the graph has 2002 nodes, and 2000 are allowed");
}

#[test]
fn several_edges_into_one_port() {
    let router = "x: router {\"branches\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}\ns.out -> x.in\n";
    let warning = "warning fan_in t in: several edges lead to the port `in` of `t`, which takes one value; put a merge node in between";
    let both = |rest: &str| format!("{router}t: sink\n{rest}");
    let alternatives = both("a: step\nb: step\nx.a -> a.in\nx.b -> b.in\na.out -> t.in\nb.out -> t.in");
    let straight = both("x.a -> t.in\nx.otherwise -> t.in");
    let same = both("a: step\nb: step\nx.a -> a.in\nx.a -> b.in\na.out -> t.in\nb.out -> t.in");
    let merged = both("m: merge\nb: step\nx.a -> m.in\nx.b -> m.in\nx.b -> b.in\nm.out -> t.in\nb.out -> t.in");
    let deep = both("p: pair\nx.a -> p.a\ns.out -> p.b\np.out -> t.in\nx.b -> t.in");
    let error = "e: step {} {\"on_error\": {\"action\": \"error_port\"}}\nt: sink\ns.out -> e.in\ne.out -> t.in\ne.error -> t.in";
    check(&[
        (&alternatives, ""),
        (&straight, ""),
        (&same, warning),
        (&merged, warning),
        (&deep, ""),
        (error, ""),
        ("t: sink\nu: source\ns.out -> t.in\nu.out -> t.in", warning),
        ("m: merge\nu: source\ns.out -> m.in\nu.out -> m.in", ""),
    ]);
}

#[test]
fn templates_name_nodes_before_them() {
    check(&[
        (
            r#"x: sink {"text": "{{ nodes.s.out }}"}
            s.out -> x.in"#,
            "",
        ),
        (
            r#"x: sink {"list": [{"a/b": "{{ nodes.r.value }} {{ nodes.gone.out }}"}]}
            s.out -> x.in"#,
            "warning not_upstream x /list/0/a~1b: the template names `nodes.gone`, and there is no such node\nwarning not_upstream x /list/0/a~1b: the template names `nodes.r`, and no path leads from there to `x`",
        ),
        (
            r#"x: sink {"text": "about nodes.gone"}
            s.out -> x.in"#,
            "",
        ),
    ]);
}

#[test]
fn a_graph_with_an_error_does_not_parse_and_one_with_a_warning_does() {
    let parse = |lines: &str| crate::Graph::parse(&spec(&format!("{OK}{lines}")), &kinds());
    assert!(parse("x: source").is_ok());
    let findings = parse("x: source\ny: gone").unwrap_err();
    assert_eq!(findings.len(), 2, "warnings are told too: {findings:?}");
}
