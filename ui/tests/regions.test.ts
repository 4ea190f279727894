/** Regions of a graph, what is seen from inside of them, and how a run's passes through them stand. */
import { describe, expect, it } from "vitest";
import type { Announced, NodeRole, NodeRun, NodeType, WorkflowGraph } from "@/api/generated/types";
import { offersFor } from "@/model/offers";
import { emptyOverlay, flowOf, withEvent, withNodes } from "@/model/overlay";
import { typesOf } from "@/model/ports";
import { regionsAround } from "@/model/regions";

const type = (role: NodeRole): NodeType => ({
  kind: role,
  face: {
    label: role,
    description: "",
    group: "flow",
    icon: "box",
    role,
    inputs: [{ name: "in", label: "In", type: "any", many: false, required: true }],
    outputs: [{ from: "fixed", name: "out", label: "Out", type: "any" }],
    replay: "pure",
    capabilities: [],
  },
  config_schema: {},
  default_config: {},
});
const types = typesOf((["step", "iterator", "aggregator", "loop", "exit"] as const).map(type));
const kinds: Record<string, NodeRole> = {
  i: "iterator",
  j: "iterator",
  a: "aggregator",
  b: "aggregator",
  l: "loop",
  x: "exit",
};

/** Nodes and edges by letters: `s>i` leads from `s` to `i`, `i!s` by the error port. */
function graph(nodes: string, edges: string): WorkflowGraph {
  return {
    nodes: [...nodes].map((id) => ({ id, kind: kinds[id] ?? "step", config: {} })),
    edges: edges.split(" ").map(([source = "", how, target = ""]) => {
      return { source, source_port: how === "!" ? "error" : "out", target, target_port: "in" };
    }),
    layout: {},
  };
}
const around = (nodes: string, edges: string) =>
  [...regionsAround(graph(nodes, edges), types)].map(([id, openers]) => `${id}:${openers.join("")}`).join(" ");

describe("regions", () => {
  it("reach from the opening node to the one that closes it, and nest", () => {
    expect(around("sitap", "s>i i>t t>a a>p")).toBe("t:i");
    expect(around("sijtbuap", "s>i i>j j>t t>b b>u u>a a>p")).toBe("j:i t:ij b:i u:i");
    expect(around("iltxa", "i>l l>t t>x x>a")).toBe("l:i t:il x:i");
    expect(around("iaujtb", "i>a a>u u>j j>t t>b")).toBe("t:j");
    expect(around("itaf", "i>t t>a i!f")).toBe("t:i");
    expect(around("sit", "s>i i>t")).toBe("");
  });

  it("let see what is outside from inside, and not what is inside from outside", () => {
    const names = (id: string) => offersFor(graph("sitap", "s>i i>t t>a a>p"), types, id).map(({ name }) => name);
    expect(names("t")).toEqual(["input", "item", "index", "nodes.i.out", "nodes.s.out"]);
    expect(names("p")).toEqual(["input", "nodes.a.out", "nodes.i.out", "nodes.s.out"]);
  });
});

describe("passes", () => {
  const node = (begun: number, succeeded: number): NodeRun => {
    return {
      node_id: "t",
      status: "running",
      attempt: 1,
      ports: [],
      items: { begun, succeeded, failed: 0, skipped: 0 },
    };
  };

  it("are told by snapshots alone, and counted up", () => {
    const first = withNodes(emptyOverlay("r"), [node(3, 1)]);
    expect(withNodes(first, [node(2, 0)])).toBe(first);
    expect(withNodes(first, [node(3, 2)]).nodes.t?.items?.succeeded).toBe(2);
    const event: Announced["event"] = { type: "node.started", node_id: "t", attempt: 7, item: "2" };
    expect(withEvent(first, { seq: 1, at_ms: 1, topics: [], run_id: "r", event })).toBe(first);
  });

  it("do not tell which ways were not taken", () => {
    const done: NodeRun[] = ["t", "a"].map((node_id) => ({ ...node(3, 3), node_id, status: "succeeded" }));
    const edge = { source: "t", source_port: "out", target: "a", target_port: "in" };
    expect(flowOf(withNodes(emptyOverlay("r"), done), edge)).toBe("done");
  });
});
