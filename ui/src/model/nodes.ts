/** New nodes: their ids, names and places; and copies of nodes as JSON that can travel through the clipboard. */
import type { EdgeSpec, NodeId, NodeSpec, NodeType, Position, WorkflowGraph } from "@/api/generated/types";
import { nodeById } from "./document";
import { fits, isObject, portsOf, type Types } from "./ports";
import { withRenamed } from "./references";
import { isRunInput } from "./run-inputs";

export const cardWidth = 240;
/** With four ports, which few cards have more of. */
export const cardHeight = 160;
const grid = 20;
const clipFormat = "ai-studio/clip-1";

/** What the author calls it, else the name under which the run takes its value in or gives it out, else its type. */
export function labelOf(node: NodeSpec, types: Types): string {
  const type = types.get(node.kind);
  return node.label || (type && nameOutside(node, type)) || type?.face.label || node.kind;
}

function nameOutside({ config }: NodeSpec, type: NodeType): string | undefined {
  const hasName = type.face.role === "result" || isRunInput(type);
  return hasName && isObject(config) && typeof config.name === "string" ? config.name : undefined;
}

export function freshId(kind: string, taken: ReadonlySet<NodeId>): NodeId {
  const base = kind.replace(/[^A-Za-z0-9_-]/g, "_") || "node";
  if (!taken.has(base)) return base;
  for (let count = 2; ; count += 1) {
    const id = `${base}_${count}`;
    if (!taken.has(id)) return id;
  }
}

const longestId = 64;

/** Why a node may not have this id, in words; undefined when it may. */
export function idProblem(id: string, taken: ReadonlySet<NodeId>): string | undefined {
  if (id === "") return "An id is needed.";
  if (!/^[A-Za-z0-9_-]*$/.test(id)) return "Only the letters A to Z, digits, `_` and `-` can stand in an id.";
  if (id.length > longestId) return `An id has at most ${longestId} characters; this one has ${id.length}.`;
  return taken.has(id) ? `Another node has the id \`${id}\`.` : undefined;
}

/** `Draft the reply!` as `draft_the_reply`; empty when nothing of it can stand in an id. */
export function idFrom(label: string): NodeId {
  const plain = label.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  return words.join("_").slice(0, longestId).replace(/_$/, "");
}

export function snap(position: Position): Position {
  return { x: Math.round(position.x / grid) * grid, y: Math.round(position.y / grid) * grid };
}

/** The nearest place from `wanted` on downwards where no card stands. */
export function freePlace(wanted: Position, layout: Readonly<Record<NodeId, Position>>): Position {
  const places = Object.values(layout);
  let place = snap(wanted);
  for (let tries = 0; tries < 200; tries += 1) {
    const blocked = places.some(({ x, y }) => Math.abs(x - place.x) < cardWidth && Math.abs(y - place.y) < cardHeight);
    if (!blocked) return place;
    place = { x: place.x, y: place.y + 2 * grid };
  }
  return place;
}

/** A new node of this type, led on from `after` by the first pair of ports that fit. */
export function newNode(
  graph: WorkflowGraph,
  type: NodeType,
  at: Position,
  after?: { id: NodeId; types: Types; port?: string },
): WorkflowGraph {
  const node: NodeSpec = {
    id: freshId(type.kind, new Set(graph.nodes.map((one) => one.id))),
    kind: type.kind,
    config: type.default_config,
  };
  const edge = after && firstFit(graph, node, type, after);
  return { nodes: [node], edges: edge ? [edge] : [], layout: { [node.id]: freePlace(at, graph.layout) } };
}

/** The types that could stand at the end of an edge from here. */
export function typesAfter(graph: WorkflowGraph, types: Types, after: { id: NodeId; port: string }): NodeType[] {
  const source = nodeById(graph, after.id);
  const from = source && portsOf(source, types).outputs.find(({ name }) => name === after.port);
  return [...types.values()].filter(({ face }) => from && face.inputs.some((input) => fits(from.type, input.type)));
}

function firstFit(
  graph: WorkflowGraph,
  node: NodeSpec,
  type: NodeType,
  after: { id: NodeId; types: Types; port?: string },
): EdgeSpec | undefined {
  const source = nodeById(graph, after.id);
  const outputs = source ? portsOf(source, after.types).outputs : [];
  for (const from of outputs) {
    if (after.port !== undefined && from.name !== after.port) continue;
    const to = type.face.inputs.find((input) => fits(from.type, input.type));
    if (to) return { source: after.id, source_port: from.name, target: node.id, target_port: to.name };
  }
  return undefined;
}

/** These nodes and the edges between them, as text. */
export function copyNodes(graph: WorkflowGraph, ids: ReadonlySet<NodeId>): string {
  const nodes = graph.nodes.filter((node) => ids.has(node.id));
  const edges = graph.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const layout = Object.fromEntries(Object.entries(graph.layout).filter(([id]) => ids.has(id)));
  return JSON.stringify({ format: clipFormat, nodes, edges, layout }, null, 2);
}

/** Nodes from copied text, or from a whole workflow file; undefined when the text is neither. */
export function readClip(text: string): WorkflowGraph | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("format" in value)) return undefined;
  if (value.format !== clipFormat && value.format !== "ai-studio/1") return undefined;
  const { nodes = [], edges = [], layout = {} } = value as Partial<WorkflowGraph>;
  const sound = Array.isArray(nodes) && Array.isArray(edges) && typeof layout === "object" && layout !== null;
  return sound && nodes.every(isNode) && edges.every(isEdge) ? { nodes, edges, layout } : undefined;
}

function isNode(node: Partial<NodeSpec> | null): boolean {
  return typeof node?.id === "string" && typeof node.kind === "string";
}

function isEdge(edge: Partial<EdgeSpec> | null): boolean {
  return [edge?.source, edge?.source_port, edge?.target, edge?.target_port].every((part) => typeof part === "string");
}

/** The part with new ids where the graph has them already (its texts name the copies), its top left corner at `at` or a little aside of where it was. */
export function renamed(part: WorkflowGraph, graph: WorkflowGraph, at?: Position): WorkflowGraph {
  const taken = new Set(graph.nodes.map((node) => node.id));
  const names = new Map<NodeId, NodeId>();
  for (const node of part.nodes) {
    const id = taken.has(node.id) ? freshId(node.id.replace(/_\d+$/, ""), taken) : node.id;
    taken.add(id);
    names.set(node.id, id);
  }
  const name = (id: NodeId) => names.get(id) ?? id;
  const places = Object.values(part.layout);
  const corner = { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) };
  const shift = at && places.length > 0 ? { x: at.x - corner.x, y: at.y - corner.y } : { x: 2 * grid, y: 2 * grid };
  return {
    nodes: part.nodes.map((node) => ({ ...node, id: name(node.id), config: withRenamed(node.config, names) })),
    edges: part.edges.map((edge) => ({ ...edge, source: name(edge.source), target: name(edge.target) })),
    layout: Object.fromEntries(
      Object.entries(part.layout).map(([id, { x, y }]) => [name(id), snap({ x: x + shift.x, y: y + shift.y })]),
    ),
  };
}
