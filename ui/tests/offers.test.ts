/** What expressions can name, and how a chosen name comes into a text. */
import { describe, expect, it } from "vitest";
import type { NodeType, WorkflowGraph } from "@/api/generated/types";
import { fitting, inserted, nameStart, offersFor } from "@/model/offers";
import { typesOf } from "@/model/ports";

const port = (name: string) => ({ name, label: name.toUpperCase(), type: "any" as const, many: false, required: true });
const type = (kind: string, inputs: string[], outputs: string[], mark = {}): NodeType => ({
  kind,
  face: {
    label: kind,
    description: "",
    group: "flow",
    icon: "box",
    role: "step",
    inputs: inputs.map(port),
    outputs: outputs.map((name) => ({ from: "fixed", name, label: name, type: "any" })),
    replay: "pure",
    capabilities: [],
  },
  config_schema: { type: "object", ...mark },
  default_config: {},
});
const types = typesOf([
  type("ask", [], ["value"], { "x-run-input": true }),
  type("step", ["in"], ["output"]),
  type("fork", ["input", "extra"], ["left", "right side"]),
]);
const edge = (source: string, target: string, target_port = "in") => ({
  source,
  source_port: "output",
  target,
  target_port,
});
const graph: WorkflowGraph = {
  nodes: [
    { id: "who", kind: "ask", config: { name: "who" } },
    { id: "far", kind: "step", config: {}, label: "Far away" },
    { id: "near-by", kind: "fork", config: {} },
    { id: "here", kind: "step", config: {} },
    { id: "beside", kind: "step", config: {} },
  ],
  edges: [edge("who", "far"), edge("far", "near-by", "input"), edge("near-by", "here")],
  layout: {},
};
const names = (id: string) => offersFor(graph, types, id).map(({ name, label }) => `${name} (${label})`);

describe("offers", () => {
  it("are what arrives, the run's inputs, and what leaves the nodes before, the nearest first", () => {
    expect(names("here")).toEqual([
      "input (What arrives here)",
      "inputs.who (Run input “who”)",
      'nodes["near-by"].left (fork: left)',
      'nodes["near-by"]["right side"] (fork: right side)',
      "nodes.far.output (Far away)",
      "nodes.who.value (who)",
    ]);
    expect(names("near-by").slice(0, 2)).toEqual([
      "input (What arrives at “INPUT”)",
      "ports.extra (What arrives at “EXTRA”)",
    ]);
    expect(names("beside")).toEqual(["input (What arrives here)", "inputs.who (Run input “who”)"]);
  });

  it("are narrowed by name and label", () => {
    const offers = offersFor(graph, types, "here");
    expect(fitting(offers, " far").map(({ name }) => name)).toEqual(["nodes.far.output"]);
    expect(fitting(offers, "AWAY").map(({ name }) => name)).toEqual(["nodes.far.output"]);
    expect(fitting(offers, "").length).toBe(offers.length);
  });

  it("come into the text where the cursor is (|), in the expression around it or in one of their own", () => {
    const cases = [
      ["|", "{{ x.y }}|"],
      ["Dear |,", "Dear {{ x.y }}|,"],
      ["Dear {{|", "Dear {{ x.y }}|"],
      ["Dear {{|}}, hello", "Dear {{ x.y |}}, hello"],
      ["{{ nod| }}", "{{ x.y| }}"],
      ["{{ nodes.a|", "{{ x.y }}|"],
      ["{{ a ~ | }} {{ b }}", "{{ a ~ x.y| }} {{ b }}"],
      ["{{ a ~ | {{ b }}", "{{ a ~ x.y }}| {{ b }}"],
      ["{{ a }} name|", "{{ a }} name{{ x.y }}|"],
    ];
    for (const [given = "", expected] of cases) {
      const cursor = given.indexOf("|");
      const text = given.replace("|", "");
      const next = inserted(text, nameStart(text, cursor), cursor, "x.y");
      expect(`${next.text.slice(0, next.cursor)}|${next.text.slice(next.cursor)}`).toBe(expected);
    }
  });
});
