/** Edits of the document and the history over them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, WorkflowGraph } from "@/api/generated/types";
import { apply, type Doc, idAfter, sameDoc } from "@/model/document";
import { act, begin, redo, undo } from "@/model/history";
import { firstLook, layered, missingPlaces, neighbour } from "@/model/layout";
import { copyNodes, freePlace, freshId, idFrom, idProblem, readClip, renamed } from "@/model/nodes";
import { pathOf, withRenamed } from "@/model/references";
import * as arbitrary from "./arbitrary";

const empty: Doc = { name: "w", description: "", graph: { nodes: [], edges: [], layout: {} } };

describe("a document", () => {
  it("is the same in any order of keys, and another with any other value", () => {
    const of = (config: Json, label?: string): Doc => ({
      ...empty,
      graph: { nodes: [{ id: "a", kind: "k", config, ...(label !== undefined && { label }) }], edges: [], layout: {} },
    });
    expect(sameDoc(of({ a: 1, b: { c: "", d: [1, 2] } }), of({ b: { d: [1, 2], c: "" }, a: 1 }, ""))).toBe(true);
    expect(sameDoc(of({ a: "" }), of({}))).toBe(false);
    expect(sameDoc(of({ d: [1, 2] }), of({ d: [2, 1] }))).toBe(false);
    expect(sameDoc(of({}), of({}, "named"))).toBe(false);
  });
});

describe("edits", () => {
  it("keep a graph sound: no edge without its ends, no place without its node, no id or edge twice", () => {
    fc.assert(
      fc.property(arbitrary.doc, fc.array(arbitrary.edit, { maxLength: 12 }), (start, edits) => {
        const { graph } = edits.reduce(apply, start);
        const ids = graph.nodes.map((node) => node.id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const edge of graph.edges) expect(ids).toEqual(expect.arrayContaining([edge.source, edge.target]));
        for (const id of Object.keys(graph.layout)) expect(ids).toContain(id);
        expect(new Set(graph.edges.map((edge) => JSON.stringify(edge))).size).toBe(graph.edges.length);
      }),
    );
  });

  it("leave what they do not touch as the same object", () => {
    const one = { id: "one", kind: "k", config: {} };
    const two = { id: "two", kind: "k", config: {} };
    const before: Doc = { ...empty, graph: { nodes: [one, two], edges: [], layout: {} } };
    const after = apply(before, { type: "configure", id: "one", config: { set: 1 } });
    expect(after.graph.nodes[1]).toBe(two);
    expect(apply(after, { type: "configure", id: "one", config: { set: 1 } })).toBe(after);
  });

  it("drop an empty label and an absent policy from the node", () => {
    const start: Doc = {
      ...empty,
      graph: { nodes: [{ id: "a", kind: "k", label: "A", config: {} }], edges: [], layout: {} },
    };
    expect(apply(start, { type: "relabel", id: "a", label: "" }).graph.nodes[0]).toEqual({
      id: "a",
      kind: "k",
      config: {},
    });
  });
});

describe("an id", () => {
  it("changes everywhere at once: edges, place and the texts of other nodes; and back in one step", () => {
    const graph: WorkflowGraph = {
      nodes: [
        { id: "a", kind: "k", config: {} },
        {
          id: "b",
          kind: "k",
          config: { text: "{{ nodes.a.out }}", list: [{ deep: "{% if nodes['a'].out %}x{% endif %}" }] },
        },
        { id: "c", kind: "k", config: { text: "{{ nodes.b.out }}" } },
      ],
      edges: [{ source: "a", source_port: "out", target: "b", target_port: "in" }],
      layout: { a: { x: 1, y: 2 } },
    };
    const start: Doc = { ...empty, graph };
    const history = act(begin(start), { label: "id", edits: [{ type: "set_id", id: "a", to: "first" }] }, 0);
    expect(history.doc.graph).toEqual({
      nodes: [
        { id: "first", kind: "k", config: {} },
        {
          id: "b",
          kind: "k",
          config: { text: "{{ nodes.first.out }}", list: [{ deep: "{% if nodes.first.out %}x{% endif %}" }] },
        },
        graph.nodes[2],
      ],
      edges: [{ source: "first", source_port: "out", target: "b", target_port: "in" }],
      layout: { first: { x: 1, y: 2 } },
    });
    expect(history.doc.graph.nodes[2]).toBe(graph.nodes[2]);
    expect(idAfter(graph, history.doc.graph, "a")).toBe("first");
    expect(idAfter(history.doc.graph, graph, "first")).toBe("a");
    expect(undo(history).doc).toBe(start);
    expect(apply(start, { type: "set_id", id: "a", to: "b" })).toBe(start);
  });

  it("is changed in texts only where it surely names the node", () => {
    const cases = [
      ["{{ nodes.a.out }} and {{nodes.a}}", "{{ nodes.to.out }} and {{nodes.to}}"],
      [`{{ nodes["a"].out ~ nodes['a'].out }}`, "{{ nodes.to.out ~ nodes.to.out }}"],
      ["{% for x in nodes.a.list %}{{ x }}{% endfor %}", "{% for x in nodes.to.list %}{{ x }}{% endfor %}"],
      [`{{ "}}" ~ nodes.a.out }}`, `{{ "}}" ~ nodes.to.out }}`],
      ["{{ {'k': nodes.a}['k'] }}", "{{ {'k': nodes.to}['k'] }}"],
      ["{{ nodes.a_2.out }} {{ nodes.ab }}"],
      ["{{ input.nodes.a }} {{ my_nodes.a }}"],
      [`{{ "nodes.a" }} {{ 'nodes["a"]' }}`],
      ["nodes.a stands in no expression"],
      [".nodes.a | {nodes: {a: 1}}"],
    ];
    for (const [text = "", expected = text] of cases) expect(withRenamed(text, new Map([["a", "to"]]))).toBe(expected);
    expect(withRenamed("{{ nodes.a.out }}", new Map([["a", "my-id"]]))).toBe('{{ nodes["my-id"].out }}');
    expect(withRenamed('{{ nodes["my-id"].out }}', new Map([["my-id", "a"]]))).toBe("{{ nodes.a.out }}");
    expect(pathOf("nodes", "x", "my port", "2nd")).toBe('nodes.x["my port"]["2nd"]');
  });

  it("that cannot be is refused with a reason", () => {
    const taken = new Set(["a"]);
    expect(idProblem("b-2_C", taken)).toBeUndefined();
    expect(idProblem("", taken)).toMatch("needed");
    expect(idProblem("a b", taken)).toMatch("letters A to Z");
    expect(idProblem("é", taken)).toMatch("letters A to Z");
    expect(idProblem("a", taken)).toMatch("Another node");
    expect(idProblem("a".repeat(65), taken)).toMatch("at most 64");
    expect(idFrom("Draft the reply, été!")).toBe("draft_the_reply_ete");
    expect(idFrom("日本")).toBe("");
  });
});

describe("history", () => {
  it("undoes every act exactly, and redoes it exactly", () => {
    fc.assert(
      fc.property(
        arbitrary.doc,
        fc.array(fc.array(arbitrary.edit, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        (start, acts) => {
          let history = begin(start);
          for (const edits of acts) history = act(history, { label: "act", edits }, 0);
          const end = history.doc;
          const steps = history.past.length;
          let back = history;
          for (let step = 0; step < steps; step += 1) back = undo(back);
          expect(back.doc).toBe(start);
          let forth = back;
          for (let step = 0; step < steps; step += 1) forth = redo(forth);
          expect(forth.doc).toBe(end);
        },
      ),
    );
  });

  it("takes typing in one field as one step, and a pause as the beginning of another", () => {
    const type = (name: string) => ({ label: "rename", edits: [{ type: "rename" as const, name }], mergeKey: "name" });
    let history = begin(empty);
    history = act(history, type("a"), 0);
    history = act(history, type("ab"), 500);
    history = act(history, type("abc"), 5_000);
    expect(history.past.map((step) => step.doc.name)).toEqual(["w", "ab"]);
    expect(undo(undo(history)).doc.name).toBe("w");
  });

  it("forgets what was undone once something else is done", () => {
    const rename = (name: string) => ({ label: "rename", edits: [{ type: "rename" as const, name }] });
    const history = act(undo(act(begin(empty), rename("a"), 0)), rename("b"), 0);
    expect(history.future).toEqual([]);
    expect(redo(history)).toBe(history);
  });
});

describe("copies", () => {
  it("come back with new ids, their own edges and nothing of the original touched", () => {
    fc.assert(
      fc.property(arbitrary.graph, (graph) => {
        const ids = new Set(graph.nodes.map((node) => node.id));
        const clip = readClip(copyNodes(graph, ids));
        expect(clip).toBeDefined();
        if (!clip) return;
        const part = renamed(clip, graph);
        expect(part.nodes.filter((node) => ids.has(node.id))).toEqual([]);
        const both = apply({ ...empty, graph }, { type: "insert", part }).graph;
        expect(both.nodes.length).toBe(2 * graph.nodes.length);
        expect(both.edges.length).toBe(2 * graph.edges.length);
      }),
    );
  });

  it("name each other, not the originals", () => {
    const nodes = ["a", "a_2"].map((id, index) => ({
      id,
      kind: "k",
      config: { text: `{{ nodes.a${index ? "" : "_2"}.out }}` },
    }));
    const part = renamed({ nodes, edges: [], layout: {} }, { nodes, edges: [], layout: {} });
    expect(part.nodes).toEqual([
      { id: "a_3", kind: "k", config: { text: "{{ nodes.a_4.out }}" } },
      { id: "a_4", kind: "k", config: { text: "{{ nodes.a_3.out }}" } },
    ]);
  });

  it("are refused when the text is something else", () => {
    for (const text of ["", "hello", "{}", "[1]", '{"format":"ai-studio/1","nodes":[{"id":1}]}'])
      expect(readClip(text)).toBeUndefined();
  });

  it("get ids that read well", () => {
    expect(freshId("http_request", new Set())).toBe("http_request");
    expect(freshId("http_request", new Set(["http_request", "http_request_2"]))).toBe("http_request_3");
    expect(freshId("äö", new Set())).toBe("__");
  });
});

describe("places", () => {
  it("never cover another card", () => {
    const taken = { a: { x: 0, y: 0 }, b: { x: 20, y: 40 } };
    const place = freePlace({ x: 7, y: 3 }, taken);
    for (const { x, y } of Object.values(taken))
      expect(Math.abs(x - place.x) >= 240 || Math.abs(y - place.y) >= 120).toBe(true);
  });

  const laidOut = (edges: string[], ids: string) => {
    const nodes = [...ids].map((id) => ({ id, kind: "k", config: {} }));
    const [out, into] = ["out", "in"];
    const drawn = edges.map(([source = "", target = ""]) => ({ source, source_port: out, target, target_port: into }));
    return layered({ nodes, edges: drawn, layout: {} });
  };

  it("leave the way free for an edge that passes a column", () => {
    const { a, b, c } = laidOut(["ab", "bc", "ac"], "abc");
    expect(a?.y).toBe(c?.y);
    expect(b?.y).not.toBe(a?.y);
  });

  it("of what is connected to nothing are below all that is", () => {
    const { a, b, n } = laidOut(["ab", "ac"], "nabc");
    expect(n?.y).toBeGreaterThan(Math.max(a?.y ?? 0, b?.y ?? 0));
  });

  it("lie to the right of every source in a laid out graph without circles", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14, selector: (pair) => pair.join() }),
        (pairs) => {
          const names = [..."abcdefgh"];
          const nodes = names.map((id) => ({ id, kind: "k", config: {} }));
          const edges = pairs
            .filter(([from, to]) => from < to)
            .map(([from, to]) => ({
              source: names[from] ?? "",
              source_port: "out",
              target: names[to] ?? "",
              target_port: "in",
            }));
          const places = layered({ nodes, edges, layout: {} });
          for (const { source, target } of edges)
            expect(places[target]?.x).toBeGreaterThan(places[source]?.x ?? Number.POSITIVE_INFINITY);
          const spots = Object.values(places).map(({ x, y }) => `${x} ${y}`);
          expect(new Set(spots).size).toBe(spots.length);
        },
      ),
    );
  });

  it("are looked at from the beginning on, as many as can be read at once", () => {
    const row = Object.fromEntries([..."abcdefghij"].map((id, index) => [id, { x: 340 * index, y: 0 }]));
    expect(firstLook(row, { width: 1_100, height: 700 }).join("")).toBe("abcdefg");
    expect(firstLook(row, { width: 1_900, height: 700 }).join("")).toBe("abcdefghij");
    const column = Object.fromEntries(
      [..."abcdefghij"].map((id, index) => [id, { x: id === "f" ? -1 : 0, y: 200 * index }]),
    );
    expect(firstLook(column, { width: 1_100, height: 360 }).join("")).toBe("efg");
    expect(firstLook({}, { width: 1_100, height: 700 })).toEqual([]);
  });

  it("are made up only for nodes that have none", () => {
    const nodes = ["a", "b"].map((id) => ({ id, kind: "k", config: {} }));
    expect(Object.keys(missingPlaces({ nodes, edges: [], layout: { a: { x: 5, y: 5 } } }))).toEqual(["b"]);
  });

  it("are walked to in the direction of the arrow", () => {
    const layout = { here: { x: 0, y: 0 }, right: { x: 300, y: 20 }, below: { x: 10, y: 300 }, far: { x: 900, y: 0 } };
    expect(neighbour(layout, "here", "right")).toBe("right");
    expect(neighbour(layout, "here", "down")).toBe("below");
    expect(neighbour(layout, "here", "left")).toBeUndefined();
  });
});
