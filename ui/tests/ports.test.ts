/** Ports by face and config, and what may be connected. */
import { describe, expect, it } from "vitest";
import type { Face, NodeSpec, NodeType, WorkflowGraph } from "@/api/generated/types";
import { newNode, typesAfter } from "@/model/nodes";
import { portsOf, refusal, targetsOf, typesOf } from "@/model/ports";
import { asText, fromText, runInputs } from "@/model/run-inputs";

const face = (more: Partial<Face>): Face => ({
  label: "Node",
  description: "",
  group: "flow",
  icon: "box",
  role: "step",
  inputs: [{ name: "input", label: "Input", type: "any", required: true, many: false }],
  outputs: [{ from: "fixed", name: "output", label: "Output", type: "any" }],
  replay: "pure",
  capabilities: [],
  ...more,
});
const type = (kind: string, more: Partial<Face>, config_schema: NodeType["config_schema"] = {}): NodeType => ({
  kind,
  face: face(more),
  config_schema,
  default_config: {},
});

const types = typesOf([
  type("plain", {}),
  type("branches", {
    outputs: [
      { from: "config", field: "routes", type: "text" },
      { from: "fixed", name: "else", label: "Else", type: "any" },
    ],
  }),
  type("counts", { outputs: [{ from: "fixed", name: "count", label: "Count", type: "number" }] }),
  type("reads", { inputs: [{ name: "doc", label: "Document", type: "text", required: true, many: false }] }),
  type("json", { inputs: [{ name: "value", label: "Value", type: "json", required: true, many: false }] }),
  type("adds", { inputs: [{ name: "number", label: "Number", type: "number", required: true, many: false }] }),
  type("asks", {}, { "x-run-input": true }),
]);
const node = (id: string, kind: string, more: Partial<NodeSpec> = {}): NodeSpec => ({ id, kind, config: {}, ...more });
const graph = (nodes: NodeSpec[], edges: [string, string, string, string][] = []): WorkflowGraph => ({
  nodes,
  edges: edges.map(([source, source_port, target, target_port]) => ({ source, source_port, target, target_port })),
  layout: {},
});
const wish = (source: string, source_port: string, target: string, target_port: string) => ({
  source,
  source_port,
  target,
  target_port,
});

describe("ports", () => {
  it("follow the names in the config's list, once each, empty ones left out", () => {
    const config = { routes: [{ name: "big" }, { name: "" }, { name: "small" }, { name: "big" }, 7] };
    expect(portsOf(node("n", "branches", { config }), types).outputs.map((port) => port.name)).toEqual([
      "big",
      "small",
      "else",
    ]);
  });

  it("include the error port when failures leave through it", () => {
    const policy = { on_error: { action: "error_port" } } as const;
    expect(portsOf(node("n", "plain", { policy }), types).outputs.map((port) => port.name)).toEqual([
      "output",
      "error",
    ]);
  });

  it("keep a port that an edge still names, marked as missing", () => {
    const { edges } = graph([], [["n", "gone", "m", "input"]]);
    const ports = portsOf(node("n", "branches", { config: { routes: [] } }), types, edges).outputs;
    expect(ports.find((port) => port.name === "gone")?.missing).toBe(true);
  });

  it("of an unknown type are those that edges name", () => {
    const { edges } = graph([], [["a", "x", "n", "y"]]);
    expect(portsOf(node("n", "of another server"), types, edges).inputs.map((port) => port.name)).toEqual(["y"]);
  });
});

describe("connections", () => {
  const nodes = [
    node("p", "plain"),
    node("c", "counts"),
    node("r", "reads"),
    node("j", "json"),
    node("a", "adds"),
    node("b", "branches", { config: { routes: [{ name: "t" }] } }),
  ];

  it("are refused in words when the types do not fit", () => {
    expect(refusal(graph(nodes), types, wish("b", "t", "a", "number"))).toBe(
      "“Number” expects a number, “t” gives text.",
    );
  });

  it("fit when either side takes anything, between text and JSON, and from a number to text", () => {
    expect(refusal(graph(nodes), types, wish("c", "count", "r", "doc"))).toBeUndefined();
    expect(refusal(graph(nodes), types, wish("c", "count", "p", "input"))).toBeUndefined();
    expect(refusal(graph(nodes), types, wish("p", "output", "r", "doc"))).toBeUndefined();
    expect(refusal(graph(nodes), types, wish("b", "t", "j", "value"))).toBeUndefined();
  });

  it("never close a circle or lead back to the same node", () => {
    const chain = graph(
      [node("x", "plain"), node("y", "plain"), node("z", "plain")],
      [
        ["x", "output", "y", "input"],
        ["y", "output", "z", "input"],
      ],
    );
    expect(refusal(chain, types, wish("z", "output", "x", "input"))).toMatch(/circle/);
    expect(refusal(chain, types, wish("x", "output", "x", "input"))).toMatch(/itself/);
    expect(refusal(chain, types, wish("x", "output", "z", "input"))).toBeUndefined();
  });

  it("are offered exactly where they would be accepted and are not drawn yet", () => {
    const drawn = graph(nodes, [["c", "count", "p", "input"]]);
    expect(targetsOf(drawn, types, "c", "count").map((target) => target.node.id)).toEqual(["r", "j", "a", "b"]);
  });
});

describe("a new node", () => {
  const failing = { on_error: { action: "error_port" } } as const;
  const before = graph([
    node("b", "branches", { config: { routes: [{ name: "big" }] } }),
    node("p", "plain", { policy: failing }),
  ]);
  const reads = types.get("reads") as NodeType;
  const follow = (id: string, port?: string) =>
    newNode(before, reads, { x: 0, y: 0 }, { id, types, ...(port ? { port } : {}) }).edges;

  it("is led to from the first output that fits, also one that the config names", () => {
    expect(follow("b")).toEqual([wish("b", "big", "reads", "doc")]);
  });

  it("is offered at the end of an edge only where the edge fits", () => {
    expect(typesAfter(before, types, { id: "b", port: "big" }).map(({ kind }) => kind)).not.toContain("adds");
    expect(typesAfter(before, types, { id: "b", port: "big" }).map(({ kind }) => kind)).toContain("reads");
  });

  it("is led to from the output that an edge was drawn from, whatever made that output", () => {
    expect(follow("b", "else")).toEqual([wish("b", "else", "reads", "doc")]);
    expect(follow("b", "big")).toEqual([wish("b", "big", "reads", "doc")]);
    expect(follow("p", "error")).toEqual([wish("p", "error", "reads", "doc")]);
  });
});

describe("inputs of a run", () => {
  it("are asked for by every node whose type says so", () => {
    const asked = node("topic", "asks", {
      label: "Topic",
      config: { name: "topic", value_type: "number", default: 3, required: false },
    });
    expect(runInputs(graph([asked, node("p", "plain")]), types)).toEqual([
      { name: "topic", label: "Topic", value_type: "number", required: false, default: 3 },
    ]);
  });

  it("read what was typed by its type, and refuse what does not fit", () => {
    expect(fromText("12", "text")).toBe("12");
    expect(fromText("12", "number")).toBe(12);
    expect(fromText("twelve", "number")).toBeUndefined();
    expect(fromText('{"a":1}', "json")).toEqual({ a: 1 });
    expect(fromText("{", "json")).toBeUndefined();
    expect(fromText(asText([1, "x"], "json"), "json")).toEqual([1, "x"]);
  });
});
