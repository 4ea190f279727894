//! Runs told as transcripts: what happens to a run, and below it what the run wants done.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at the effects that it is about")]

mod properties;
mod regions;

use insta::assert_snapshot;
use protocol::runs::{NodeStatus, RunStatus};

use super::*;
use crate::testing::{effect_text, graph, input, transcript};

const LINE: &str = "s: source\na: step\nr: result\ns.out -> a.in\na.out -> r.value";

#[test]
fn values_travel_along_edges_to_the_results() {
    assert_snapshot!(transcript(LINE, &[
        "started who=\"Ada\"",
        "began s",
        "finished s out={\"x\":1}",
        "finished a out=2",
        "finished r",
    ]), @r#"
    > started who="Ada"
    start s#1
    > began s
    tell node.started s attempt=1
    > finished s out={"x":1}
    tell node.finished s attempt=1 ports=["out"]
    start a#1 in={"x":1}
    > finished a out=2
    tell node.finished a attempt=1 ports=["out"]
    start r#1 value=2
    > finished r
    tell node.finished r attempt=1 ports=[]
    tell run.finished status="succeeded"
    finish succeeded {"result": 2} tokens=6+3
    "#);
}

const ROUTED: &str = "
    s: source
    x: router {\"branches\": [{\"name\": \"long\"}, {\"name\": \"short\"}]}
    a: step
    b: step
    b2: step
    m: merge
    r: result
    s.out -> x.in
    x.long -> a.in
    x.short -> b.in
    b.out -> b2.in
    a.out -> m.in
    b2.out -> m.in
    s.out -> m.in
    m.out -> r.value";

#[test]
fn a_merge_behind_a_router_runs_once_with_what_arrived() {
    assert_snapshot!(transcript(ROUTED, &[
        "started",
        "finished s out=0",
        "finished x long=1",
        "finished a out=2",
        "finished m out=[2,0]",
        "finished r",
    ]), @r#"
    > started
    start s#1
    > finished s out=0
    tell node.finished s attempt=1 ports=["out"]
    start x#1 in=0
    > finished x long=1
    tell node.finished x attempt=1 ports=["long"]
    tell node.skipped b
    tell node.skipped b2
    start a#1 in=1
    > finished a out=2
    tell node.finished a attempt=1 ports=["out"]
    start m#1 in=[2,0]
    > finished m out=[2,0]
    tell node.finished m attempt=1 ports=["out"]
    start r#1 value=[2,0]
    > finished r
    tell node.finished r attempt=1 ports=[]
    tell run.finished status="succeeded"
    finish succeeded {"result": [2,0]} tokens=10+5
    "#);
}

#[test]
fn a_node_that_nothing_reaches_is_skipped() {
    assert_snapshot!(transcript(ROUTED, &["started", "finished s", "finished x"]), @r#"
    > started
    start s#1
    > finished s
    tell node.finished s attempt=1 ports=[]
    tell node.skipped x
    tell node.skipped a
    tell node.skipped b
    tell node.skipped b2
    tell node.skipped m
    tell node.skipped r
    tell run.finished status="succeeded"
    finish succeeded {} tokens=2+1
    > finished x
    refused
    "#);
    let optional =
        "s: source\nt: source\nm: maybe\np: pair\ns.out -> m.in\nt.out -> m.extra\ns.out -> p.a\nt.out -> p.b";
    assert_snapshot!(transcript(optional, &["started", "finished t", "finished s out=1"]), @r#"
    > started
    start s#1
    start t#1
    > finished t
    tell node.finished t attempt=1 ports=[]
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    tell node.skipped p
    start m#1 in=1
    "#);
}

#[test]
fn two_values_at_a_port_for_one_fail_the_node() {
    let lines = "s: source\nt: source\na: sink\ns.out -> a.in\nt.out -> a.in";
    assert_snapshot!(transcript(lines, &["started", "finished s out=1", "finished t out=2"]), @r#"
    > started
    start s#1
    start t#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    > finished t out=2
    tell node.finished t attempt=1 ports=["out"]
    tell node.failed a attempt=0 failure="fan_in"
    tell run.finished failure="fan_in" status="failed"
    finish failed {} cannot choose between the values from `s` and `t` at the port `in`, which takes one; put a merge node in between at Some(a) tokens=4+2
    "#);
    assert_snapshot!(transcript(lines, &["started", "finished s out=1", "finished t"]), @r#"
    > started
    start s#1
    start t#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    > finished t
    tell node.finished t attempt=1 ports=[]
    start a#1 in=1
    "#);
}

#[test]
fn a_failure_is_retried_as_the_policy_says() {
    let retry = "s: source {} {\"timeout_ms\": 50, \"retry\": {\"max_attempts\": 3, \"backoff_ms\": 4000}}\nt: sink\ns.out -> t.in";
    assert_snapshot!(transcript(retry, &[
        "started",
        "failed! s busy",
        "early s",
        "timer s",
        "finished s#1 out=1",
        "failed! s busy",
        "timer s",
        "failed! s busy",
    ]), @r#"
    > started
    start s#1 within 50 ms
    > failed! s busy
    timer s at 6124
    tell node.retrying s attempt=1 due_at_ms=6124 failure="busy"
    tell run.waiting wake_at_ms=6124
    > early s
    refused
    > timer s
    start s#2 within 50 ms
    > finished s#1 out=1
    refused
    > failed! s busy
    timer s at 14568
    tell node.retrying s attempt=2 due_at_ms=14568 failure="busy"
    tell run.waiting wake_at_ms=14568
    > timer s
    start s#3 within 50 ms
    > failed! s busy
    tell node.failed s attempt=3 failure="busy"
    tell node.cancelled t
    tell run.finished failure="busy" status="failed"
    finish failed {} busy! at Some(s) tokens=0+0
    "#);
    assert_snapshot!(transcript(retry, &["started", "failed s broken"]), @r#"
    > started
    start s#1 within 50 ms
    > failed s broken
    tell node.failed s attempt=1 failure="broken"
    tell node.cancelled t
    tell run.finished failure="broken" status="failed"
    finish failed {} broken! at Some(s) tokens=0+0
    "#);
    let any = "s: source {} {\"retry\": {\"max_attempts\": 2, \"backoff_ms\": 0, \"on\": \"any\"}}";
    assert_snapshot!(transcript(any, &["started", "failed s broken", "timer s", "finished s"]), @r#"
    > started
    start s#1
    > failed s broken
    timer s at 2000
    tell node.retrying s attempt=1 due_at_ms=2000 failure="broken"
    tell run.waiting wake_at_ms=2000
    > timer s
    start s#2
    > finished s
    tell node.finished s attempt=2 ports=[]
    tell run.finished status="succeeded"
    finish succeeded {} tokens=2+1
    "#);
}

#[test]
fn a_failed_node_does_what_its_policy_says() {
    let lines = |action: &str| {
        format!(
            "s: source {{}} {{\"on_error\": {action}}}\nt: sink\nr: result\ns.out -> t.in\ns.out -> r.value{}",
            if action.contains("error_port") { "\nh: sink\ns.error -> h.in" } else { "" }
        )
    };
    let failing =
        |action: &str| transcript(&lines(action), &["started", "failed s broken", "finished t", "finished r"]);
    assert_snapshot!(failing(r#"{"action": "fail"}"#), @r#"
    > started
    start s#1
    > failed s broken
    tell node.failed s attempt=1 failure="broken"
    tell node.cancelled t
    tell node.cancelled r
    tell run.finished failure="broken" status="failed"
    finish failed {} broken! at Some(s) tokens=0+0
    > finished t
    refused
    > finished r
    refused
    "#);
    assert_snapshot!(failing(r#"{"action": "skip"}"#), @r#"
    > started
    start s#1
    > failed s broken
    tell node.failed s attempt=1 failure="broken"
    tell node.skipped s
    tell node.skipped t
    tell node.skipped r
    tell run.finished status="succeeded"
    finish succeeded {} tokens=0+0
    > finished t
    refused
    > finished r
    refused
    "#);
    assert_snapshot!(failing(r#"{"action": "fallback", "value": {"x": 1}}"#), @r#"
    > started
    start s#1
    > failed s broken
    tell node.failed s attempt=1 failure="broken"
    start t#1 in={"x":1}
    start r#1 value={"x":1}
    > finished t
    tell node.finished t attempt=1 ports=[]
    > finished r
    tell node.finished r attempt=1 ports=[]
    tell run.finished status="succeeded"
    finish succeeded {"result": {"x":1}} tokens=4+2
    "#);
    assert_snapshot!(
        transcript(&lines(r#"{"action": "error_port"}"#), &["started", "failed s broken", "finished h"]),
        @r#"
        > started
        start s#1
        > failed s broken
        tell node.failed s attempt=1 failure="broken"
        tell node.skipped t
        tell node.skipped r
        start h#1 in={"code":"broken","message":"broken!","node_id":"s"}
        > finished h
        tell node.finished h attempt=1 ports=[]
        tell run.finished status="succeeded"
        finish succeeded {} tokens=2+1
        "#
    );
}

#[test]
fn a_node_tells_through_which_ports_something_left() {
    let lines = "
        s: source
        x: router {\"branches\": [{\"name\": \"long\"}, {\"name\": \"short\"}]}
        f: step {} {\"on_error\": {\"action\": \"error_port\"}}
        r: result
        s.out -> x.in
        x.short -> f.in
        f.error -> r.value";
    let mut run = RunState::new("run".into(), graph(lines));
    let ports = |run: &RunState| run.nodes().iter().map(|node| node.ports.join(",")).collect::<Vec<_>>();
    for (text, left) in [
        ("started", ["", "", "", ""]),
        ("finished s out=1", ["out", "", "", ""]),
        ("finished x short=1", ["out", "short", "", ""]),
        ("failed f broken", ["out", "short", "error", ""]),
        ("finished r", ["out", "short", "error", ""]),
    ] {
        let input = input(&run, text, 1_000);
        run.step(&input);
        assert_eq!(ports(&run), left, "after `{text}`");
    }
}

#[test]
fn a_failing_run_stops_what_is_under_way() {
    let lines = "s: source\nt: source\nu: source\na: sink\nt.out -> a.in";
    assert_snapshot!(
        transcript(lines, &["started", "waiting u 9000 out=1", "failed s broken", "finished t out=1", "resumed"]),
        @r#"
        > started
        start s#1
        start t#1
        start u#1
        > waiting u 9000 out=1
        timer u at 9000
        tell node.waiting u due_at_ms=9000
        > failed s broken
        tell node.failed s attempt=1 failure="broken"
        stop t#1
        tell node.cancelled t
        tell node.cancelled u
        tell node.cancelled a
        tell run.finished failure="broken" status="failed"
        finish failed {} broken! at Some(s) tokens=0+0
        > finished t out=1
        refused
        > resumed
        refused
        "#
    );
}

#[test]
fn a_waiting_node_holds_its_outputs_until_its_time() {
    assert_snapshot!(transcript(LINE, &[
        "started",
        "waiting s 60000 out=1",
        "early s",
        "timer s",
        "timer s",
    ]), @r#"
    > started
    start s#1
    > waiting s 60000 out=1
    timer s at 60000
    tell node.waiting s due_at_ms=60000
    tell run.waiting wake_at_ms=60000
    > early s
    refused
    > timer s
    tell node.finished s attempt=1 ports=["out"]
    start a#1 in=1
    > timer s
    refused
    "#);
}

#[test]
fn a_cancelled_run_ends_at_once() {
    assert_snapshot!(transcript(ROUTED, &["started", "finished s out=0", "cancelled", "cancelled"]), @r#"
    > started
    start s#1
    > finished s out=0
    tell node.finished s attempt=1 ports=["out"]
    start x#1 in=0
    > cancelled
    stop x#1
    tell node.cancelled x
    tell node.cancelled a
    tell node.cancelled b
    tell node.cancelled b2
    tell node.cancelled m
    tell node.cancelled r
    tell run.finished status="cancelled"
    finish cancelled {} tokens=2+1
    > cancelled
    refused
    "#);
}

const EVERY_CLASS: &str = "
    s: source
    a: call
    b: mail
    c: mail
    d: step
    s.out -> a.in
    s.out -> b.in
    s.out -> c.in
    s.out -> d.in";

#[test]
fn a_resumed_run_repeats_only_what_may_be_repeated() {
    let inputs =
        ["started", "finished s out=1", "began a", "began b", "resumed", "finished a#1 out=1", "finished b#1 out=1"];
    assert_snapshot!(transcript(EVERY_CLASS, &inputs), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start a#1 in=1
    start b#1 in=1
    start c#1 in=1
    start d#1 in=1
    > began a
    tell node.started a attempt=1
    > began b
    tell node.started b attempt=1
    > resumed
    tell run.resumed
    tell node.uncertain b attempt=1
    tell run.needs_attention b
    start a#2 in=1
    start c#2 in=1
    start d#2 in=1
    > finished a#1 out=1
    refused
    > finished b#1 out=1
    refused
    "#);
}

#[test]
fn a_run_with_an_uncertain_step_goes_on_elsewhere_and_can_be_cancelled() {
    let inputs = ["started", "finished s out=1", "began b", "resumed", "began c", "resumed", "finished a", "cancelled"];
    assert_snapshot!(transcript(EVERY_CLASS, &inputs), @r#"
    > started
    start s#1
    > finished s out=1
    tell node.finished s attempt=1 ports=["out"]
    start a#1 in=1
    start b#1 in=1
    start c#1 in=1
    start d#1 in=1
    > began b
    tell node.started b attempt=1
    > resumed
    tell run.resumed
    tell node.uncertain b attempt=1
    tell run.needs_attention b
    start a#2 in=1
    start c#2 in=1
    start d#2 in=1
    > began c
    tell node.started c attempt=2
    > resumed
    tell run.resumed
    tell node.uncertain c attempt=2
    tell run.needs_attention c
    start a#3 in=1
    start d#3 in=1
    > finished a
    tell node.finished a attempt=3 ports=[]
    > cancelled
    stop d#3
    tell node.cancelled b
    tell node.cancelled c
    tell node.cancelled d
    tell run.finished status="cancelled"
    finish cancelled {} tokens=4+2
    "#);
}

#[test]
fn a_resumed_run_asks_for_its_timers_again() {
    assert_snapshot!(transcript(LINE, &["started", "waiting s 60000", "resumed", "timer s"]), @r#"
    > started
    start s#1
    > waiting s 60000
    timer s at 60000
    tell node.waiting s due_at_ms=60000
    tell run.waiting wake_at_ms=60000
    > resumed
    tell run.resumed
    timer s at 60000
    tell run.waiting wake_at_ms=60000
    > timer s
    tell node.finished s attempt=1 ports=[]
    tell node.skipped a
    tell node.skipped r
    tell run.finished status="succeeded"
    finish succeeded {} tokens=0+0
    "#);
}

#[test]
fn crashes_do_not_use_up_retries() {
    let lines = "s: source {} {\"retry\": {\"max_attempts\": 2, \"backoff_ms\": 0, \"on\": \"any\"}}";
    assert_snapshot!(
        transcript(lines, &["started", "resumed", "resumed", "failed s broken", "resumed", "timer s", "failed s broken"]),
        @r#"
        > started
        start s#1
        > resumed
        tell run.resumed
        start s#2
        > resumed
        tell run.resumed
        start s#3
        > failed s broken
        timer s at 4000
        tell node.retrying s attempt=3 due_at_ms=4000 failure="broken"
        tell run.waiting wake_at_ms=4000
        > resumed
        tell run.resumed
        timer s at 4000
        tell run.waiting wake_at_ms=4000
        > timer s
        start s#4
        > failed s broken
        tell node.failed s attempt=4 failure="broken"
        tell run.finished failure="broken" status="failed"
        finish failed {} broken! at Some(s) tokens=0+0
        "#
    );
}

#[test]
fn nothing_counts_before_the_start() {
    assert_snapshot!(
        transcript("s: source", &["resumed", "cancelled", "finished s", "timer s", "started", "started", "began s", "began s"]),
        @r#"
        > resumed
        refused
        > cancelled
        refused
        > finished s
        refused
        > timer s
        refused
        > started
        start s#1
        > started
        refused
        > began s
        tell node.started s attempt=1
        > began s
        refused
        "#
    );
}

#[test]
fn a_wide_graph_starts_in_file_order_as_room_becomes_free() {
    let lines: String = (0..70).map(|place| format!("n{place}: source\n")).collect();
    let mut run = RunState::new("run".into(), graph(&lines));
    let mut step = |text: &str| {
        let input = input(&run, text, 1_000);
        run.step(&input).iter().map(effect_text).filter(|effect| effect.starts_with("start")).collect::<Vec<_>>()
    };
    let first = step("started");
    assert_eq!((first.len(), first[63].as_str()), (MAX_PARALLEL_NODES, "start n63#1"));
    assert_eq!(step("finished n5"), ["start n64#1"]);
    assert_eq!(step("waiting n9 60000"), ["start n65#1"]);
    assert_eq!(step("failed n0 broken"), [""; 0]);
}

#[test]
fn expressions_see_the_nodes_before_them_and_no_others() {
    let lines = "
        s: source
        other: source
        a: step
        b: step {\"text\": \"{{ nodes }}\"}
        c: step {\"text\": \"{{ nodes.a.out }}\"}
        d: step {\"text\": \"{{ nodes.gone.out }}\"}
        s.out -> a.in
        a.out -> b.in
        a.out -> c.in
        a.out -> d.in";
    let mut run = RunState::new("run".into(), graph(lines));
    let mut scopes = Vec::new();
    for text in ["started x=1", "finished other out=5", "finished s out=2", "finished a out=3"] {
        let input = input(&run, text, 1_000);
        scopes.extend(run.step(&input).into_iter().filter_map(|effect| match effect {
            Effect::StartNode(start) => Some((start.node, start.scope)),
            _ => None,
        }));
    }
    let nodes = |place: usize| format!("{}: {:?}", scopes[place].0, scopes[place].1.nodes);
    assert_eq!(nodes(2), "a: {}");
    assert_eq!(nodes(3), "b: {a: {out: 3}, s: {out: 2}}");
    assert_eq!(nodes(4), "c: {a: {out: 3}}");
    assert_eq!(nodes(5), "d: {a: {out: 3}, s: {out: 2}}", "so that the author is told what there is");
    let (_, scope) = &scopes[3];
    assert_eq!(format!("{:?} {:?}", scope.run_inputs, scope.ports), "{\"x\": 1} {in: 3}");
}

#[test]
fn a_run_reports_its_nodes() {
    let mut run = RunState::new("run".into(), graph(LINE));
    assert_eq!((run.status(), run.is_idle()), (RunStatus::Queued, false));
    for text in ["started x=1", "finished s out=1", "waiting a 60000 out=2"] {
        let input = input(&run, text, 1_000);
        run.step(&input);
    }
    assert_eq!((run.status(), run.is_idle()), (RunStatus::Waiting, true));
    assert_eq!(run.timers(), [("a".into(), ItemPath::top(), 60_000)]);
    let statuses: Vec<NodeStatus> = run.nodes().iter().map(|node| node.status).collect();
    assert_eq!(statuses, [NodeStatus::Succeeded, NodeStatus::Waiting, NodeStatus::Pending]);
    let a = run.node(&"a".into(), &ItemPath::top()).unwrap();
    assert_eq!(format!("{:?} {:?}", a.inputs, a.outputs), "{in: 1} {}");
    assert_eq!((a.node.attempt, a.node.started_at_ms, a.node.wake_at_ms), (1, Some(900), Some(60_000)));
    assert!(run.node(&"gone".into(), &ItemPath::top()).is_none());
    assert_eq!(run.usage(), protocol::runs::Usage { input_tokens: 2, output_tokens: 1 });
    assert_eq!(idempotency_key(&"run".into(), &"a".into(), &ItemPath::top()), "run:a:");
}

#[test]
fn a_journal_that_does_not_fit_is_refused() {
    let replay = |inputs: Vec<Input>| crate::replay("run".into(), graph(LINE), inputs).map(|run| run.status());
    let started = Input::Started { at_ms: 1, inputs: BTreeMap::new() };
    let unknown = Input::TimerFired { at_ms: 1, node: "gone".into(), item: ItemPath::top() };
    assert_eq!(replay(vec![]).unwrap_err().to_string(), "cannot replay an empty journal");
    assert_eq!(
        replay(vec![started.clone(), unknown]).unwrap_err().to_string(),
        "cannot replay journal entry 1: it does not follow from the entries before it (timer_fired `gone`)"
    );
    assert_eq!(replay(vec![started]), Ok(RunStatus::Running));
}
