//! Regions: items, turns, what fails in them, and random ones against a plain evaluation.

use insta::assert_snapshot;
use proptest::prelude::*;
use protocol::runs::NodeFailure;
use serde_json::{Value, json};

use super::*;
use crate::StartNode;
use crate::testing::{graph, input, transcript};

const ITEMS: &str = "
    s: source
    i: iterator {\"max_parallel\": 2}
    a: step
    c: aggregator
    r: result
    s.out -> i.items
    i.item -> a.in
    a.out -> c.items
    c.out -> r.value";

#[test]
fn items_are_done_side_by_side_and_come_back_in_their_order() {
    assert_snapshot!(transcript(ITEMS, &[
        "started",
        "finished s out=[]",
        "finished i item=[10,20,30]",
        "finished a@1 out=21",
        "finished a@2 out=31",
        "finished a@0 out=11",
        "finished c out=[11,21,31]",
        "finished r",
    ]), @r#"
    > started
    start s#1
    > finished s out=[]
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=[]
    > finished i item=[10,20,30]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=3
    start a@0#1 in=10
    start a@1#1 in=20
    > finished a@1 out=21
    tell node.finished a@1 attempt=1 ports=["out"]
    start a@2#1 in=30
    > finished a@2 out=31
    tell node.finished a@2 attempt=1 ports=["out"]
    > finished a@0 out=11
    tell node.finished a@0 attempt=1 ports=["out"]
    start c#1 failures=[] items=[11,21,31]
    > finished c out=[11,21,31]
    tell node.finished c attempt=1 ports=["out"]
    start r#1 value=[11,21,31]
    > finished r
    tell node.finished r attempt=1 ports=[]
    tell run.finished status="succeeded"
    finish succeeded {"result": [11,21,31]} tokens=14+7
    "#);
}

#[test]
fn no_items_are_no_passes() {
    assert_snapshot!(transcript(ITEMS, &["started", "finished s out=[]", "finished i item=[]", "finished c out=0"]), @r#"
    > started
    start s#1
    > finished s out=[]
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=[]
    > finished i item=[]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=0
    start c#1 failures=[] items=[]
    > finished c out=0
    tell node.finished c attempt=1 ports=["out"]
    start r#1 value=0
    "#);
}

#[test]
fn what_does_not_begin_is_skipped_up_to_the_closing_node() {
    assert_snapshot!(transcript(ITEMS, &["started", "finished s out=1", "finished i", "finished r"]), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=1
    > finished i
    tell node.finished i attempt=1 ports=[]
    tell node.skipped c
    tell node.skipped r
    tell run.finished status="succeeded"
    finish succeeded {} tokens=4+2
    > finished r
    refused
    "#);
}

#[test]
fn a_failed_item_fails_the_run_and_stops_the_others() {
    assert_snapshot!(transcript(ITEMS, &["started", "finished s out=1", "finished i item=[1,2,3]", "failed a@1 broken"]), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=1
    > finished i item=[1,2,3]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=3
    start a@0#1 in=1
    start a@1#1 in=2
    > failed a@1 broken
    tell node.failed a@1 attempt=1 failure="broken"
    stop a@0#1
    tell node.cancelled c
    tell node.cancelled r
    tell node.cancelled a@0
    tell run.finished failure="broken" status="failed"
    finish failed {} broken! at Some(a) tokens=4+2
    "#);
}

#[test]
fn failed_items_are_left_out_where_the_author_says_so() {
    let skipping = ITEMS.replace("\"max_parallel\": 2", "\"max_parallel\": 2, \"on_item_error\": \"skip\"");
    assert_snapshot!(transcript(&skipping, &[
        "started",
        "finished s out=1",
        "finished i item=[10,20,30]",
        "failed a@1 broken",
        "finished a@0 out=11",
        "finished a@2 out=31",
    ]), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=1
    > finished i item=[10,20,30]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=3
    start a@0#1 in=10
    start a@1#1 in=20
    > failed a@1 broken
    tell node.failed a@1 attempt=1 failure="broken"
    tell item.failed i@1 failure="broken" quarantined=false
    start a@2#1 in=30
    > finished a@0 out=11
    tell node.finished a@0 attempt=1 ports=["out"]
    > finished a@2 out=31
    tell node.finished a@2 attempt=1 ports=["out"]
    start c#1 failures=[{"index":1,"value":20,"code":"broken","message":"broken!"}] items=[11,31]
    "#);
}

#[test]
fn failed_items_wait_for_a_person_where_the_author_says_so() {
    let waiting = ITEMS.replace("\"max_parallel\": 2", "\"max_parallel\": 3, \"on_item_error\": \"quarantine\"");
    assert_snapshot!(transcript(&waiting, &[
        "started",
        "finished s out=1",
        "finished i item=[10,20,30]",
        "failed a@1 broken",
        "failed a@0 broken",
        "finished a@2 out=31",
        "retry i 2",
        "retry i 1",
        "drop i",
        "finished a@1 out=21",
        "retry i",
    ]), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=1
    > finished i item=[10,20,30]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=3
    start a@0#1 in=10
    start a@1#1 in=20
    start a@2#1 in=30
    > failed a@1 broken
    tell node.failed a@1 attempt=1 failure="broken"
    tell item.failed i@1 failure="broken" quarantined=true
    > failed a@0 broken
    tell node.failed a@0 attempt=1 failure="broken"
    tell item.failed i@0 failure="broken" quarantined=true
    > finished a@2 out=31
    tell node.finished a@2 attempt=1 ports=["out"]
    tell run.needs_attention i
    > retry i 2
    refused
    > retry i 1
    tell item.decided i count=1 decision="retry"
    start a@1#1 in=20
    > drop i
    tell item.decided i count=1 decision="drop"
    > finished a@1 out=21
    tell node.finished a@1 attempt=1 ports=["out"]
    start c#1 failures=[{"index":0,"value":10,"code":"broken","message":"broken!"}] items=[21,31]
    > retry i
    refused
    "#);
}

#[test]
fn a_failed_item_leaves_the_regions_beside_its_own_alone() {
    let beside = "
        s: source
        i: iterator {\"on_item_error\": \"skip\"}
        a: step
        c: aggregator
        j: iterator
        b: step
        d: aggregator
        s.out -> i.items
        i.item -> a.in
        a.out -> c.items
        s.out -> j.items
        j.item -> b.in
        b.out -> d.items";
    let mut run = RunState::new("run".into(), graph(beside));
    for text in ["started", "finished s out=1", "finished i item=[1,2]", "finished j item=[1,2]", "failed a@1 broken"] {
        let input = input(&run, text, 1_000);
        assert!(run.accepts(&input), "{text}");
        run.step(&input);
    }
    for text in
        ["finished b@1 out=2", "finished b@0 out=1", "finished a@0 out=1", "finished c out=1", "finished d out=1"]
    {
        let input = input(&run, text, 2_000);
        assert!(run.accepts(&input), "{text}");
        run.step(&input);
    }
    assert_eq!(run.status(), RunStatus::Succeeded);
}

#[test]
fn a_retry_waits_inside_its_item() {
    let retrying = ITEMS.replace(
        "a: step",
        "a: step {} {\"retry\": {\"max_attempts\": 2, \"on\": \"any\", \"backoff_ms\": 10, \"max_backoff_ms\": 10}}",
    );
    assert_snapshot!(transcript(&retrying, &[
        "started",
        "finished s out=1",
        "finished i item=[1,2]",
        "failed a@1 broken",
        "finished a@0 out=1",
        "timer a@1",
        "finished a@1 out=2",
    ]), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start i#1 items=1
    > finished i item=[1,2]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=2
    start a@0#1 in=1
    start a@1#1 in=2
    > failed a@1 broken
    timer a@1 at 4011
    tell node.retrying a@1 attempt=1 due_at_ms=4011 failure="broken"
    > finished a@0 out=1
    tell node.finished a@0 attempt=1 ports=["out"]
    tell run.waiting wake_at_ms=4011
    > timer a@1
    start a@1#2 in=2
    > finished a@1 out=2
    tell node.finished a@1 attempt=2 ports=["out"]
    start c#1 failures=[] items=[1,2]
    "#);
}

const TURNS: &str = "
    s: source
    l: loop {\"max_iterations\": 3}
    a: step
    x: exit
    r: result
    s.out -> l.in
    l.value -> a.in
    a.out -> x.result
    x.out -> r.value";

#[test]
fn a_loop_feeds_its_result_back_and_keeps_the_last_one() {
    assert_snapshot!(transcript(TURNS, &[
        "started",
        "finished s out=0",
        "finished l value=0",
        "finished a@0 out=1",
        "finished a@1 out=2",
        "finished a@2 out=3",
        "finished x out=3",
    ]), @r#"
    > started
    start s#1
    > finished s out=0
    tell node.finished s attempt=1 ports=["out"]
    start l#1 in=0
    > finished l value=0
    tell node.finished l attempt=1 ports=["value"]
    tell region.grew l total=1
    start a@0#1 in=0
    > finished a@0 out=1
    tell node.finished a@0 attempt=1 ports=["out"]
    tell region.grew l total=2
    start a@1#1 in=1
    > finished a@1 out=2
    tell node.finished a@1 attempt=1 ports=["out"]
    tell region.grew l total=3
    start a@2#1 in=2
    > finished a@2 out=3
    tell node.finished a@2 attempt=1 ports=["out"]
    start x#1 iterations=3 reason="max_iterations" result=3
    > finished x out=3
    tell node.finished x attempt=1 ports=["out"]
    start r#1 value=3
    "#);
}

#[test]
fn a_loop_ends_when_something_arrives_at_done_or_nothing_changes() {
    let routed = "
        s: source
        l: loop {\"until\": {\"type\": \"done\"}, \"feedback\": \"append\"}
        x: router {\"branches\": [{\"name\": \"good\"}]}
        e: exit
        s.out -> l.in
        l.value -> x.in
        x.good -> e.result
        x.otherwise -> e.again";
    assert_snapshot!(transcript(routed, &[
        "started",
        "finished s out=\"a\"",
        "finished l value=\"a\"",
        "finished x@0 otherwise=\"b\"",
        "finished x@1 good=\"c\"",
    ]), @r#"
    > started
    start s#1
    > finished s out="a"
    tell node.finished s attempt=1 ports=["out"]
    start l#1 in="a"
    > finished l value="a"
    tell node.finished l attempt=1 ports=["value"]
    tell region.grew l total=1
    start x@0#1 in="a"
    > finished x@0 otherwise="b"
    tell node.finished x@0 attempt=1 ports=["otherwise"]
    tell region.grew l total=2
    start x@1#1 in="a\n---\nb"
    > finished x@1 good="c"
    tell node.finished x@1 attempt=1 ports=["good"]
    start e#1 iterations=2 reason="done" result="c"
    "#);
    let stable = TURNS.replace("\"max_iterations\": 3", "\"until\": {\"type\": \"stable\", \"similarity\": 0.8}");
    assert_snapshot!(transcript(&stable, &[
        "started",
        "finished s out=0",
        "finished l value=0",
        "finished a@0 out=\"0123456789\"",
        "finished a@1 out=\"012345678x\"",
    ]), @r#"
    > started
    start s#1
    > finished s out=0
    tell node.finished s attempt=1 ports=["out"]
    start l#1 in=0
    > finished l value=0
    tell node.finished l attempt=1 ports=["value"]
    tell region.grew l total=1
    start a@0#1 in=0
    > finished a@0 out="0123456789"
    tell node.finished a@0 attempt=1 ports=["out"]
    tell region.grew l total=2
    start a@1#1 in="0123456789"
    > finished a@1 out="012345678x"
    tell node.finished a@1 attempt=1 ports=["out"]
    start x#1 iterations=2 reason="stable" result="012345678x"
    "#);
}

/// An iterator in an iterator; the inner one sees the outer item and a value from outside.
const NESTED: &str = "
    s: source
    t: source
    i: iterator
    j: iterator
    a: pair {\"text\": \"{{ nodes.t.out }} {{ item }}\"}
    d: aggregator
    c: aggregator
    r: result
    s.out -> i.items
    i.item -> j.items
    j.item -> a.a
    t.out -> a.b
    a.out -> d.items
    d.out -> c.items
    c.out -> r.value";

#[test]
fn regions_nest_and_see_values_from_outside() {
    assert_snapshot!(transcript(NESTED, &[
        "started",
        "finished s out=1",
        "finished t out=\"t\"",
        "finished i item=[[1,2]]",
        "finished j@0 item=[1,2]",
        "finished a@0.1 out=22",
        "finished a@0.0 out=11",
        "finished d@0 out=[11,22]",
        "finished c out=[[11,22]]",
    ]), @r#"
    > started
    start s#1
    start t#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    > finished t out="t"
    tell node.finished t attempt=1 ports=["out"]
    start i#1 items=1
    > finished i item=[[1,2]]
    tell node.finished i attempt=1 ports=["item"]
    tell region.grew i total=1
    start j@0#1 items=[1,2]
    > finished j@0 item=[1,2]
    tell node.finished j@0 attempt=1 ports=["item"]
    tell region.grew j@0 total=2
    start a@0.0#1 a=1 b="t"
    start a@0.1#1 a=2 b="t"
    > finished a@0.1 out=22
    tell node.finished a@0.1 attempt=1 ports=["out"]
    > finished a@0.0 out=11
    tell node.finished a@0.0 attempt=1 ports=["out"]
    start d@0#1 failures=[] items=[11,22]
    > finished d@0 out=[11,22]
    tell node.finished d@0 attempt=1 ports=["out"]
    start c#1 failures=[] items=[[11,22]]
    > finished c out=[[11,22]]
    tell node.finished c attempt=1 ports=["out"]
    start r#1 value=[[11,22]]
    "#);
}

#[test]
fn nodes_inside_are_told_over_their_passes_and_one_by_one() {
    let mut run = RunState::new("run".into(), graph(ITEMS));
    for text in ["started", "finished s out=1", "finished i item=[10,20,30]", "finished a@0 out=11"] {
        let input = input(&run, text, 1_000);
        run.step(&input);
    }
    let over = run.nodes().into_iter().find(|node| node.node_id.as_str() == "a").unwrap();
    let counts = over.items.unwrap();
    assert_eq!((over.status, counts.begun, counts.succeeded), (NodeStatus::Running, 3, 1));
    let of = |item: &str| run.node(&"a".into(), &item.into());
    assert_eq!(of("0").unwrap().outputs["out"], Payload::from(json!(11)));
    assert_eq!(of("1").unwrap().inputs["in"], Payload::from(json!(20)));
    assert_eq!((of("3"), of(""), of("x")), (None, None, None));
}

/// Steps, regions and regions in regions, each a line of nodes from one value to another.
#[derive(Clone, Debug)]
enum Block {
    Step,
    /// How many items, how many at the same time.
    Items(u32, u32, Vec<Block>),
    Turns(u32, Vec<Block>),
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let block = Just(Block::Step).boxed();
    let nested = block.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => Just(Block::Step),
            2 => (0..5_u32, 1..4_u32, prop::collection::vec(inner.clone(), 0..3)).prop_map(|(n, p, b)| Block::Items(n, p, b)),
            1 => (1..4_u32, prop::collection::vec(inner, 0..3)).prop_map(|(n, b)| Block::Turns(n, b)),
        ]
    });
    prop::collection::vec(nested, 1..4)
}

/// Writes the nodes of `blocks` behind `port`; gives the port that their value leaves by. How many items an iterator
/// makes stands in its id.
fn write(blocks: &[Block], mut port: String, lines: &mut Vec<String>) -> String {
    for block in blocks {
        let number = lines.len();
        match block {
            Block::Step => {
                lines.extend([format!("n{number}: step"), format!("{port} -> n{number}.in")]);
                port = format!("n{number}.out");
            }
            Block::Items(count, parallel, body) => {
                let (open, close) = (format!("i{number}x{count}"), format!("c{number}"));
                lines.push(format!(r#"{open}: iterator {{"max_parallel": {parallel}, "on_item_error": "skip"}}"#));
                lines.extend([format!("{port} -> {open}.items"), format!("{close}: aggregator")]);
                let end = write(body, format!("{open}.item"), lines);
                lines.push(format!("{end} -> {close}.items"));
                port = format!("{close}.out");
            }
            Block::Turns(count, body) => {
                let (open, close) = (format!("l{number}"), format!("e{number}"));
                lines.push(format!(r#"{open}: loop {{"max_iterations": {count}}}"#));
                lines.extend([format!("{port} -> {open}.in"), format!("{close}: exit")]);
                let end = write(body, format!("{open}.value"), lines);
                lines.push(format!("{end} -> {close}.result"));
                port = format!("{close}.out");
            }
        }
    }
    port
}

fn graph_of(blocks: &[Block]) -> Arc<Graph> {
    let mut lines = vec!["s: source".to_owned(), "r: result".to_owned()];
    let port = write(blocks, "s.out".to_owned(), &mut lines);
    lines.push(format!("{port} -> r.value"));
    lines.sort_by_key(|line| line.contains(" -> "));
    graph(&lines.join("\n"))
}

/// A number made from all that is in `value`.
fn mixed(value: &Value) -> u64 {
    value.to_string().bytes().fold(7, |sum: u64, byte| (sum * 31 + u64::from(byte)) % 1_009)
}

/// Fails for some values, so that some items do.
fn stepped(value: &Value) -> Option<Value> {
    let sum = mixed(value);
    (!sum.is_multiple_of(7)).then(|| json!(sum))
}

fn items_of(value: &Value, count: u32) -> Vec<Value> {
    (0..count).map(|place| json!((mixed(value) + u64::from(place)) % 1_009)).collect()
}

/// What comes of `value`, without any run.
fn evaluate(blocks: &[Block], value: Value) -> Option<Value> {
    let mut value = value;
    for block in blocks {
        value = match block {
            Block::Step => stepped(&value)?,
            Block::Items(count, _, body) => {
                items_of(&value, *count).into_iter().filter_map(|item| evaluate(body, item)).collect()
            }
            Block::Turns(count, body) => {
                for _ in 0..*count {
                    value = evaluate(body, value)?;
                }
                value
            }
        };
    }
    Some(value)
}

/// Ends one of the attempts under way, as `choices` says, until none is.
fn drive(run: &mut RunState, journal: &mut Vec<Input>, first: Input, choices: &[u8]) {
    let mut open: Vec<StartNode> = Vec::new();
    let mut next = Some(first);
    for turn in 0.. {
        let Some(input) = next.take() else { return };
        assert!(turn < 20_000 && run.accepts(&input), "{input:?}");
        for effect in run.step(&input) {
            match effect {
                Effect::StartNode(start) => open.push(start),
                Effect::StopNode { node, item, .. } => open.retain(|held| (&held.node, &held.item) != (&node, &item)),
                Effect::StartTimer { .. } | Effect::Announce(_) | Effect::Finish(_) => {}
            }
        }
        journal.push(input);
        if !open.is_empty() && run.outcome().is_none() {
            let chosen = open.remove(usize::from(choices[turn % choices.len()]) % open.len());
            next = Some(ended(chosen));
        }
    }
}

fn ended(start: StartNode) -> Input {
    let StartNode { node, item, attempt, inputs, .. } = start;
    let arrived = |port: &str| inputs.get(port).map_or(Value::Null, |value| value.parse().unwrap());
    let id = node.as_str();
    let left = match &id[..1] {
        "s" => Some(("out", json!(1))),
        "n" => stepped(&arrived("in")).map(|value| ("out", value)),
        "i" => {
            let count = id.split_once('x').unwrap().1.parse().unwrap();
            Some(("item", Value::from(items_of(&arrived("items"), count))))
        }
        "c" => Some(("out", arrived("items"))),
        "l" => Some(("value", arrived("in"))),
        "e" => Some(("out", arrived("result"))),
        _ => Some(("none", Value::Null)),
    };
    let (at_ms, started_at_ms) = (1, 1);
    match left {
        Some((port, value)) => {
            let outputs = Ports::from([(port.into(), Payload::from(value))]);
            Input::NodeFinished { at_ms, node, item, attempt, started_at_ms, outputs, usage: Usage::default() }
        }
        None => Input::NodeFailed { at_ms, node, item, attempt, started_at_ms, failure: NodeFailure::new("x", "x") },
    }
}

fn end(run: &RunState) -> Option<Value> {
    run.outcome().unwrap().outputs.get("result").map(|value| value.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_cut_end_as_a_plain_evaluation_says(
        blocks in blocks(),
        choices in prop::collection::vec(any::<u8>(), 1..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let graph = graph_of(&blocks);
        let expected = evaluate(&blocks, json!(1));
        let (mut run, mut journal) = (RunState::new("run".into(), graph.clone()), Vec::new());
        drive(&mut run, &mut journal, Input::Started { at_ms: 0, inputs: BTreeMap::new() }, &choices);
        prop_assert!(run.status().is_final());
        prop_assert_eq!(end(&run), expected.clone());
        for cut in cuts {
            let mut journal = journal[..=cut.index(journal.len() - 1)].to_vec();
            let mut run = crate::replay("run".into(), graph.clone(), journal.clone()).unwrap();
            if run.outcome().is_none() {
                drive(&mut run, &mut journal, Input::Resumed { at_ms: 2 }, &choices);
            }
            prop_assert_eq!(end(&run), expected.clone());
        }
    }
}
