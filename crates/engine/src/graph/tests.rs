//! What a parsed graph knows beyond its text.

use crate::testing::graph;

#[test]
fn notes_are_left_out_and_edges_resolved() {
    let graph = graph(
        "n: note
         a: source
         b: step {} {\"on_error\": {\"action\": \"error_port\"}, \"replay\": \"at_least_once\"}
         r: router {\"branches\": [{\"name\": \"x\"}]}
         m: merge
         a.out -> b.in
         b.out -> r.in
         r.x -> m.in
         a.out -> m.in",
    );
    let ids: Vec<&str> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "r", "m"]);
    let node = |id: &str| graph.node(&id.into()).unwrap();
    let ports = |id: &str| node(id).output_ports.iter().map(|port| port.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ports("b"), ["out", "error"]);
    assert_eq!(ports("r"), ["x", "otherwise"]);
    assert_eq!(node("b").replay, protocol::nodes::ReplayClass::AtLeastOnce);
    assert_eq!(node("a").outgoing, [0, 3]);
    assert_eq!(node("m").inputs[0].edges, [2, 3]);
    assert_eq!(graph.upstream(3).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(graph.upstream(0).count(), 0);
    assert!(graph.node(&"n".into()).is_none());
}

#[test]
fn a_long_chain_knows_all_that_stands_before() {
    let nodes: String = (1..2_000).map(|place| format!("n{place}: step\n")).collect();
    let edges: String = (1..1_999).map(|place| format!("n{place}.out -> n{}.in\n", place + 1)).collect();
    let graph = graph(&format!("n0: source\n{nodes}n0.out -> n1.in\n{edges}"));
    assert_eq!(graph.upstream(1_999).collect::<Vec<_>>(), (0..1_999).collect::<Vec<_>>());
}
