/** Random graphs and edits for property tests. */
import fc from "fast-check";
import type { EdgeSpec, NodeSpec, WorkflowGraph } from "@/api/generated/types";
import type { Doc, Edit } from "@/model/document";

const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
const port = fc.constantFrom("in", "out");
const position = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) });

export const edge: fc.Arbitrary<EdgeSpec> = fc.record({ source: id, source_port: port, target: id, target_port: port });

const node: fc.Arbitrary<NodeSpec> = fc.record({
  id,
  kind: fc.constantFrom("one", "two"),
  config: fc.dictionary(fc.string({ maxLength: 4 }), fc.integer(), { maxKeys: 2 }),
});

export const graph: fc.Arbitrary<WorkflowGraph> = fc
  .record({
    nodes: fc.uniqueArray(node, { selector: (one) => one.id, maxLength: 5 }),
    edges: fc.array(edge, { maxLength: 6 }),
    layout: fc.dictionary(id, position, { maxKeys: 5 }),
  })
  .map(({ nodes, edges, layout }) => {
    const ids = new Set(nodes.map((one) => one.id));
    const keys = new Set<string>();
    return {
      nodes,
      edges: edges.filter((one) => {
        const key = JSON.stringify(one);
        const fresh = ids.has(one.source) && ids.has(one.target) && !keys.has(key);
        keys.add(key);
        return fresh;
      }),
      layout: Object.fromEntries(Object.entries(layout).filter(([one]) => ids.has(one))),
    };
  });

export const doc: fc.Arbitrary<Doc> = fc.record({
  name: fc.string({ maxLength: 8 }),
  description: fc.constant(""),
  graph,
});

export const edit: fc.Arbitrary<Edit> = fc.oneof(
  graph.map((part): Edit => ({ type: "insert", part })),
  fc.record({
    type: fc.constant("delete" as const),
    nodes: fc.array(id, { maxLength: 3 }),
    edges: fc.array(edge, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant("move" as const), positions: fc.dictionary(id, position, { maxKeys: 3 }) }),
  fc.record({ type: fc.constant("connect" as const), edge }),
  fc.record({ type: fc.constant("configure" as const), id, config: fc.record({ value: fc.integer() }) }),
  fc.record({ type: fc.constant("relabel" as const), id, label: fc.string({ maxLength: 5 }) }),
  fc.record({ type: fc.constant("set_id" as const), id, to: id }),
  fc.record({ type: fc.constant("rename" as const), name: fc.string({ maxLength: 5 }) }),
);
