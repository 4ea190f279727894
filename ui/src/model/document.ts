/** The open document: what people draw, and every change of it as a pure `(doc, edit) -> doc`. No React, no server. */
import type {
  EdgeSpec,
  Json,
  NodeId,
  NodePolicy,
  NodeSpec,
  Position,
  Workflow,
  WorkflowGraph,
} from "@/api/generated/types";
import { withRenamed } from "./references";

export interface Doc {
  readonly name: string;
  readonly description: string;
  readonly graph: WorkflowGraph;
}

export type Edit =
  | { type: "insert"; part: WorkflowGraph }
  | { type: "delete"; nodes: readonly NodeId[]; edges: readonly EdgeSpec[] }
  | { type: "move"; positions: Readonly<Record<NodeId, Position>> }
  | { type: "connect"; edge: EdgeSpec }
  | { type: "configure"; id: NodeId; config: Json }
  | { type: "relabel"; id: NodeId; label: string }
  | { type: "set_id"; id: NodeId; to: NodeId }
  | { type: "set_policy"; id: NodeId; policy: NodePolicy | undefined }
  | { type: "rename"; name: string }
  | { type: "describe"; description: string };

export function docOf(workflow: Workflow): Doc {
  return { name: workflow.name, description: workflow.description, graph: workflow.graph };
}

/** The changed document; the same object when the edit changes nothing. */
/** Whether both say the same: the order of keys does not count, nor whether an empty label is written down. */
export function sameDoc(left: Doc, right: Doc): boolean {
  return JSON.stringify(plain(left)) === JSON.stringify(plain(right));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, one]) => one !== undefined && !(key === "label" && one === ""));
  kept.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(kept.map(([key, one]) => [key, plain(one)]));
}

export function apply(doc: Doc, edit: Edit): Doc {
  switch (edit.type) {
    case "rename":
      return edit.name === doc.name ? doc : { ...doc, name: edit.name };
    case "describe":
      return edit.description === doc.description ? doc : { ...doc, description: edit.description };
    default: {
      const graph = applyToGraph(doc.graph, edit);
      return graph === doc.graph ? doc : { ...doc, graph };
    }
  }
}

type GraphEdit = Exclude<Edit, { type: "rename" | "describe" }>;

function applyToGraph(graph: WorkflowGraph, edit: GraphEdit): WorkflowGraph {
  switch (edit.type) {
    case "insert":
      return insert(graph, edit.part);
    case "delete":
      return remove(graph, new Set(edit.nodes), new Set(edit.edges.map(edgeKey)));
    case "move":
      return move(graph, edit.positions);
    case "connect":
      return connect(graph, edit.edge);
    case "configure":
      return changeNode(graph, edit.id, (node) => ({ ...node, config: edit.config }));
    case "relabel":
      return changeNode(graph, edit.id, ({ label: _, ...node }) =>
        edit.label ? { ...node, label: edit.label } : node,
      );
    case "set_id":
      return setId(graph, edit.id, edit.to);
    case "set_policy":
      return changeNode(graph, edit.id, ({ policy: _, ...node }) =>
        edit.policy ? { ...node, policy: edit.policy } : node,
      );
  }
}

/** An edge's four parts together are its identity. */
export function edgeKey(edge: EdgeSpec): string {
  return JSON.stringify([edge.source, edge.source_port, edge.target, edge.target_port]);
}

export function nodeById(graph: WorkflowGraph, id: NodeId): NodeSpec | undefined {
  return graph.nodes.find((node) => node.id === id);
}

function insert(graph: WorkflowGraph, part: WorkflowGraph): WorkflowGraph {
  const known = new Set(graph.nodes.map((node) => node.id));
  const nodes = part.nodes.filter((node) => !known.has(node.id));
  if (nodes.length === 0) return graph;
  const all = new Set([...known, ...nodes.map((node) => node.id)]);
  const drawn = new Set(graph.edges.map(edgeKey));
  const edges = part.edges.filter((edge) => all.has(edge.source) && all.has(edge.target) && !drawn.has(edgeKey(edge)));
  const layout = { ...graph.layout };
  for (const node of nodes) {
    const position = part.layout[node.id];
    if (position) layout[node.id] = position;
  }
  return { nodes: [...graph.nodes, ...nodes], edges: [...graph.edges, ...edges], layout };
}

function remove(graph: WorkflowGraph, ids: ReadonlySet<NodeId>, keys: ReadonlySet<string>): WorkflowGraph {
  const nodes = graph.nodes.filter((node) => !ids.has(node.id));
  const edges = graph.edges.filter(
    (edge) => !keys.has(edgeKey(edge)) && !ids.has(edge.source) && !ids.has(edge.target),
  );
  if (nodes.length === graph.nodes.length && edges.length === graph.edges.length) return graph;
  const layout = Object.fromEntries(Object.entries(graph.layout).filter(([id]) => !ids.has(id)));
  return { nodes, edges, layout };
}

function move(graph: WorkflowGraph, positions: Readonly<Record<NodeId, Position>>): WorkflowGraph {
  const known = new Set(graph.nodes.map((node) => node.id));
  const moved = Object.entries(positions).filter(([id, to]) => {
    const from = graph.layout[id];
    return known.has(id) && (from === undefined || from.x !== to.x || from.y !== to.y);
  });
  return moved.length === 0 ? graph : { ...graph, layout: { ...graph.layout, ...Object.fromEntries(moved) } };
}

function connect(graph: WorkflowGraph, edge: EdgeSpec): WorkflowGraph {
  const key = edgeKey(edge);
  const ends = nodeById(graph, edge.source) && nodeById(graph, edge.target);
  if (!ends || graph.edges.some((drawn) => edgeKey(drawn) === key)) return graph;
  return { ...graph, edges: [...graph.edges, edge] };
}

function changeNode(graph: WorkflowGraph, id: NodeId, change: (node: NodeSpec) => NodeSpec): WorkflowGraph {
  const before = nodeById(graph, id);
  if (!before) return graph;
  const after = change(before);
  if (JSON.stringify(after) === JSON.stringify(before)) return graph;
  return { ...graph, nodes: graph.nodes.map((node) => (node === before ? after : node)) };
}

/** Everything that names the node follows: its edges, its place, and the expressions of others. */
function setId(graph: WorkflowGraph, id: NodeId, to: NodeId): WorkflowGraph {
  if (id === to || !nodeById(graph, id) || nodeById(graph, to)) return graph;
  const name = (one: NodeId) => (one === id ? to : one);
  const renames = new Map([[id, to]]);
  const nodes = graph.nodes.map((node) => {
    const config = withRenamed(node.config, renames);
    return node.id === id || config !== node.config ? { ...node, id: name(node.id), config } : node;
  });
  const edges = graph.edges.map((edge) =>
    edge.source === id || edge.target === id ? { ...edge, source: name(edge.source), target: name(edge.target) } : edge,
  );
  const layout = Object.fromEntries(Object.entries(graph.layout).map(([one, place]) => [name(one), place]));
  return { nodes, edges, layout };
}

/** The id that a node has after a change: an id that vanished while another came in its place was renamed. */
export function idAfter(before: WorkflowGraph, after: WorkflowGraph, id: NodeId): NodeId {
  if (before.nodes.length !== after.nodes.length || nodeById(after, id)) return id;
  const inItsPlace = after.nodes[before.nodes.findIndex((node) => node.id === id)]?.id;
  return inItsPlace === undefined || nodeById(before, inItsPlace) ? id : inItsPlace;
}
