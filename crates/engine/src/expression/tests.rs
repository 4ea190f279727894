//! Tables: an expression, a scope, and what comes out or what its author is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::{NodeId, Payload, PortName};
use serde_json::json;

use super::*;
use crate::{Ports, Scope};

fn ports(values: serde_json::Value) -> Ports {
    let serde_json::Value::Object(values) = values else { panic!("ports are an object") };
    values.into_iter().map(|(name, value)| (PortName::from(name), Payload::from(value))).collect()
}

fn scope() -> Scope {
    let nodes =
        [("summarise", json!({"response": "Short.", "usage": {"tokens": 7}})), ("a-b", json!({"text": "dashed"}))];
    Scope {
        run_inputs: Arc::new(BTreeMap::from([("who".to_owned(), Payload::from("Ada"))])),
        ports: Arc::new(ports(json!({
            "input": {"name": "Bo", "zeta": 1, "alpha": [1, 2.5, null, "x"], "html": "<b> & 'q'", "none": null},
            "other": "second",
            "evil": "{{ inputs.who }}",
        }))),
        nodes: Arc::new(nodes.into_iter().map(|(id, values)| (NodeId::from(id), Arc::new(ports(values)))).collect()),
        item: None,
    }
}

fn render(template: &str) -> String {
    match Template::parse(template).and_then(|template| template.render(&scope())) {
        Ok(text) => text,
        Err(error) => format!("! {error}"),
    }
}

fn check(cases: &[(&str, &str)], outcome: fn(&str) -> String) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(expression, expected)| (expression, expected, outcome(expression)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(expression, expected, found)| format!("{expression}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn templates_show_values() {
    check(
        &[
            ("", ""),
            ("plain text stays { as } it is\n", "plain text stays { as } it is\n"),
            ("Hello {{ input.name }}\n", "Hello Bo\n"),
            ("{{ inputs.who }} {{ ports.other }}", "Ada second"),
            ("{{ nodes.summarise.response }}", "Short."),
            ("{{ nodes['a-b'].text }}", "dashed"),
            ("{{ nodes.summarise.usage.tokens + 1 }}", "8"),
            // Objects and lists are JSON in the order in which they came, unescaped.
            ("{{ input.alpha }}", r#"[1,2.5,null,"x"]"#),
            ("{{ nodes.summarise.usage }}", r#"{"tokens":7}"#),
            ("{{ nodes }}", r#"{"a-b":{"text":"dashed"},"summarise":{"response":"Short.","usage":{"tokens":7}}}"#),
            ("{{ input.html }} {{ input.html | tojson }}", r#"<b> & 'q' "<b> & 'q'""#),
            ("{{ input.none }} {{ true }} {{ 1.0 }}", "null true 1.0"),
            ("{{ nodes.summarise.usage | tojson(indent=2) }}", "{\n  \"tokens\": 7\n}"),
            // What a value holds is text, never a template.
            ("{{ ports.evil }}", "{{ inputs.who }}"),
            ("{% for item in input.alpha %}{{ item }};{% endfor %}", "1;2.5;null;x;"),
            ("{% if input.missing is defined %}yes{% else %}no{% endif %}", "no"),
            ("{{ input.missing | default('none') }}", "none"),
            ("{{ '{\"a\": 3}' | fromjson | items }}", r#"[["a",3]]"#),
            ("{{ 'grün und blau' | truncate(4) }} {{ 'kurz' | truncate(4) }}", "grün… kurz"),
            ("{{ 'abc' | truncate(1, end='') }} {{ 'a b/ü' | urlencode }}", "a a%20b/%C3%BC"),
        ],
        render,
    );
}

#[test]
fn templates_tell_their_author_what_is_wrong() {
    check(
        &[
            (
                "\n{{ nodes.summarise.respnse }}",
                "! `nodes.summarise.respnse` is undefined in line 2; `nodes.summarise` has: response, usage",
            ),
            ("{{ nodes.summrise.response }}", "! `nodes.summrise` is undefined in line 1; `nodes` has: a-b, summarise"),
            ("{{ nodes['ab'].x }}", "! `nodes['ab']` is undefined in line 1; `nodes` has: a-b, summarise"),
            ("{{ inptu }}", "! `inptu` is undefined in line 1; there is: input, ports, inputs, nodes"),
            ("{{ input.name.first }}", "! `input.name.first` is undefined in line 1; `input.name` is text"),
            ("{{ input.alpha[7] }}", "! `input.alpha[7]` is undefined in line 1; `input.alpha` is a list of 4"),
            ("{% for item in input.alpha %}{{ item.x }}{% endfor %}", "! `item.x` is undefined in line 1"),
            ("{{ 'x' | fromjson }}", "! `fromjson` got no JSON: expected value at line 1 column 1 in line 1"),
            ("{{ 'x' | shout }}", "! filter shout is unknown in line 1"),
            ("a\n{{ input. }}", "! unexpected end of variable block, expected identifier or integer in line 2"),
            ("{% include 'template' %}", "! tried to include non-existing template 'template' in line 1"),
            ("{{ debug() }}", "! debug is unknown in line 1"),
            ("{{ env }}", "! `env` is undefined in line 1; there is: input, ports, inputs, nodes"),
        ],
        render,
    );
}

#[test]
fn templates_have_limits() {
    check(
        &[
            (
                "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
                "! the template is over the limit of 2000000 steps",
            ),
            (
                "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}",
                "! the rendered text is over the limit of 16777216 bytes",
            ),
        ],
        render,
    );
    let long = Template::parse(&"x".repeat(MAX_TEMPLATE_BYTES + 1)).unwrap_err();
    assert_eq!(long.to_string(), "the template is over the limit of 1048576 bytes");
}

#[test]
fn the_only_port_is_the_input() {
    let mut scope = scope();
    scope.ports = Arc::new(ports(json!({"text": "alone"})));
    assert_eq!(Template::parse("{{ input }}").unwrap().render(&scope).unwrap(), "alone");
    scope.ports = Arc::new(Ports::new());
    let error = Template::parse("{{ input }}").unwrap().render(&scope).unwrap_err();
    assert_eq!(error.to_string(), "`input` is undefined in line 1; there is: ports, inputs, nodes");
}

#[test]
fn a_template_knows_which_nodes_it_names() {
    let template = Template::parse("{{ nodes.a.x }}{% if nodes.b.y.z %}{{ nodes.a.w | upper }}{% endif %}").unwrap();
    assert_eq!(template.nodes().into_iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn expressions_are_text_in_a_config() {
    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Default, Debug, PartialEq)]
    struct Config {
        prompt: Template,
        path: JsonPath,
        program: Jq,
    }
    let text = r#"{"prompt":"{{ input }}","path":"$.a","program":".a"}"#;
    let config: Config = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&config).unwrap(), text);
    assert_eq!(serde_json::to_string(&Config::default()).unwrap(), r#"{"prompt":"","path":"$","program":"."}"#);
    let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap();
    assert_eq!(schema["properties"]["prompt"], json!({"type": "string", "x-widget": "template"}));
    assert_eq!(schema["properties"]["program"]["x-language"], "jq");
    let error = serde_json::from_str::<Config>("{\"prompt\":\"a\\n{{ %}\"}").unwrap_err();
    assert!(error.to_string().contains("in line 2"), "{error}");
}

#[test]
fn json_paths_select() {
    let value = json!({"a": [{"b": 1}, {"b": 2}], "c": null});
    check(
        &[
            ("$.a[*].b", "[1,2]"),
            ("$..b", "[1,2]"),
            ("$.a[?@.b > 1]", r#"[{"b":2}]"#),
            ("$.missing", "[]"),
            ("$.c", "[null]"),
        ],
        |path| {
            let value = json!({"a": [{"b": 1}, {"b": 2}], "c": null});
            serde_json::to_string(&JsonPath::parse(path).unwrap().query(&value)).unwrap()
        },
    );
    assert_eq!(JsonPath::default().query(&value), [&value]);
    let error = JsonPath::parse("a.b").unwrap_err().to_string();
    assert!(error.starts_with("`a.b` is not a JSONPath: ") && error.ends_with(" in line 1"), "{error}");
}

fn jq(program: &str) -> String {
    let value = json!({"b": [3, 1, 2], "a": "text", "n": 1.5, "big": 9_007_199_254_740_993_i64});
    match Jq::parse(program).and_then(|program| program.run(&value)) {
        Ok(values) => values.iter().map(|value| format!("{value} ")).collect(),
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn jq_computes() {
    check(
        &[
            (".", r#"{"a":"text","b":[3,1,2],"big":9007199254740993,"n":1.5} "#),
            (".b | sort | .[]", "1 2 3 "),
            (".a | ascii_upcase, length", r#""TEXT" 4 "#),
            ("{x: .n, y: (.b | add)}", r#"{"x":1.5,"y":6} "#),
            ("empty", ""),
            (".big, 0/0, 1/0", "9007199254740993 null null "),
            ("18446744073709551615, 123456789012345678901234567890", "18446744073709551615 1.2345678901234568e+29 "),
            ("[.b[] | select(. > 1)] | tojson", "\"[3,2]\" "),
            ("\"2024-02-03T04:05:06Z\" | fromdate", "1706933106 "),
            ("[limit(3; repeat(1))]", "[1,1,1] "),
        ],
        jq,
    );
}

#[test]
fn jq_tells_its_author_what_is_wrong() {
    check(
        &[
            (".a | keys_of", "! there is no filter `keys_of/0` in line 1"),
            (".a |\n .b[", "! expected closing bracket at the end in line 2"),
            (".a | ]", "! `]` does not belong here in line 1"),
            ("{(1): 2}", "! jq yielded an object with the key `1`, which is not text"),
            (".a + 1", "! jq failed: cannot calculate \"text\" + 1"),
            ("error(\"mine\")", "! jq failed: mine"),
            ("repeat(1)", "! the number of values that jq yields is over the limit of 10000 values"),
        ],
        jq,
    );
}

#[test]
fn jq_reaches_nothing_outside() {
    for program in ["env", "$ENV", "now", "input", "inputs", "debug", "stderr", "halt", "halt_error", "localtime"] {
        let error = Jq::parse(program).unwrap_err().to_string();
        assert!(error.starts_with("there is no "), "{program}: {error}");
    }
    assert!(Jq::parse("import \"x\" as x; .").unwrap_err().to_string().contains("modules are off"));
}

#[test]
fn queries_that_would_exhaust_the_stack_are_refused() {
    let too_deep = "! the nesting of brackets is over the limit of 100 levels";
    let too_long = "! the length of the jq program is over the limit of 2000 words and signs";
    check(
        &[
            (&"[".repeat(200_000), too_deep),
            (&format!("1{}", "|(1".repeat(200_000)), too_deep),
            (&"-".repeat(200_000), too_long),
            (&format!("{}1", ". as $x | ".repeat(10_000)), too_long),
            (&format!("{}1", "\"\\(1)\" + ".repeat(10_000)), too_long),
            (
                "def f: 1 + f;\nf",
                "! `f` calls itself, which is off here: use `recurse`, `until`, `reduce` or `walk` in line 1",
            ),
            (
                "def f($x):\n  [.[] | {a: (if . then f(1) else 2 end)}]; f(2)",
                "! `f` calls itself, which is off here: use `recurse`, `until`, `reduce` or `walk` in line 2",
            ),
            // Another number of arguments is another definition, and an inner one may have an outer name.
            ("def f: 3; def f(g): g + f; f(4)", "7 "),
            ("def f: def g: 5; g; f", "5 "),
            ("reduce range(200) as $i (null; [.])", "! jq yielded a value nested deeper than 100 levels"),
        ],
        jq,
    );
    let path = JsonPath::parse(&format!("$[?{}", "(".repeat(200_000))).unwrap_err().to_string();
    assert_eq!(format!("! {path}"), too_deep);
}

#[test]
fn the_longest_jq_programs_are_read_on_any_stack() {
    /// `begin` and `end` around `1`, as often as the limit allows.
    fn nested(begin: impl Fn(usize) -> String, end: &str, tokens: usize) {
        let count = MAX_JQ_TOKENS / tokens - 1;
        let program = (0..count).map(begin).collect::<String>() + "1" + &end.repeat(count);
        let thread = std::thread::Builder::new().stack_size(1 << 18);
        let parsed = thread.spawn(move || Jq::parse(&program).map(|_| ()).map_err(|error| (error, program)));
        assert_eq!(parsed.unwrap().join().unwrap(), Ok(()));
    }
    for (begin, end, tokens) in [
        ("-", "", 1),
        ("1|", "", 2),
        ("1 // ", "", 2),
        ("1 = ", "", 2),
        ("try ", "", 1),
        (". as $x|", "", 4),
        ("label $x|", "", 3),
        ("if 1 then 1 else ", " end", 6),
    ] {
        nested(|_| begin.to_owned(), end, tokens);
    }
    nested(|level| format!("def f{level}: "), "; 1", 6);
}
