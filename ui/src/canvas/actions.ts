/** What the canvas can do to the open document, each as one step of its history. */
import type { EdgeSpec, NodeId, NodeType, Position } from "@/api/generated/types";
import { edgeKey } from "@/model/document";
import { count } from "@/model/format";
import { layered } from "@/model/layout";
import { cardWidth, copyNodes, labelOf, newNode, readClip, renamed } from "@/model/nodes";
import { type EditorStore, selectedEdges } from "./editor";

function graphOf(store: EditorStore) {
  return store.getState().history.doc.graph;
}

export interface Place {
  /** Where to put it, when nothing is followed. */
  readonly at: Position;
  /** The node it follows and is connected to. */
  readonly after?: { readonly id: NodeId; readonly port?: string };
  /** Keep `at` although a node is followed. */
  readonly exactly?: boolean;
}

export function addNode(store: EditorStore, type: NodeType, { at, after, exactly = false }: Place): NodeId | undefined {
  const graph = graphOf(store);
  const { types, act, select } = store.getState();
  const from = after && graph.layout[after.id];
  const place = from && !exactly ? { x: from.x + cardWidth + 100, y: from.y } : at;
  const part = newNode(graph, type, place, after && { ...after, types });
  act({ label: `add ${type.face.label}`, edits: [{ type: "insert", part }] });
  const id = part.nodes[0]?.id;
  if (id !== undefined) select([id]);
  return id;
}

export function connect(store: EditorStore, edge: EdgeSpec, instead?: EdgeSpec): void {
  const edits = [
    ...(instead ? [{ type: "delete", nodes: [], edges: [instead] } as const] : []),
    { type: "connect", edge } as const,
  ];
  store.getState().act({ label: "connect", edits });
}

export function disconnect(store: EditorStore, edges: readonly EdgeSpec[]): void {
  store.getState().act({ label: "disconnect", edits: [{ type: "delete", nodes: [], edges }] });
}

/** Deletes what is selected; says what it was, or nothing when nothing was selected. */
export function deleteSelection(store: EditorStore): string | undefined {
  const { selection, act } = store.getState();
  const nodes = [...selection.nodes];
  const edges = selectedEdges(store.getState());
  if (nodes.length + edges.length === 0) return undefined;
  const what = nodes.length > 0 ? count(nodes.length, "node") : count(edges.length, "connection");
  act({ label: `delete ${what}`, edits: [{ type: "delete", nodes, edges }] });
  return what;
}

export function copySelection(store: EditorStore): string | undefined {
  const { nodes } = store.getState().selection;
  return nodes.size === 0 ? undefined : copyNodes(graphOf(store), nodes);
}

export function duplicateSelection(store: EditorStore): void {
  const text = copySelection(store);
  if (text !== undefined) paste(store, text, undefined, "duplicate");
}

/** Inserts copied nodes; false when the text holds none. */
export function paste(store: EditorStore, text: string, at?: Position, label = "paste"): boolean {
  const clip = readClip(text);
  if (!clip || clip.nodes.length === 0) return false;
  const part = renamed(clip, graphOf(store), at);
  store.getState().act({ label: `${label} ${count(part.nodes.length, "node")}`, edits: [{ type: "insert", part }] });
  store.getState().select(
    part.nodes.map((node) => node.id),
    part.edges.map(edgeKey),
  );
  return true;
}

export function nudge(store: EditorStore, by: Position): void {
  const { selection, act } = store.getState();
  const { layout } = graphOf(store);
  const moved = [...selection.nodes].flatMap((id): [NodeId, Position][] => {
    const place = layout[id];
    return place ? [[id, { x: place.x + by.x, y: place.y + by.y }]] : [];
  });
  if (moved.length === 0) return;
  act({ label: "move", edits: [{ type: "move", positions: Object.fromEntries(moved) }], mergeKey: "nudge" });
}

export function tidy(store: EditorStore): void {
  store.getState().act({ label: "tidy up", edits: [{ type: "move", positions: layered(graphOf(store)) }] });
}

export function relabel(store: EditorStore, id: NodeId, label: string): void {
  store.getState().act({ label: "rename node", edits: [{ type: "relabel", id, label }], mergeKey: `label ${id}` });
}

/** Changes the id everywhere in the document: one step, however many texts name the node. */
export function setId(store: EditorStore, id: NodeId, to: NodeId): void {
  store.getState().act({ label: `change the id ${id}`, edits: [{ type: "set_id", id, to }] });
}

export function nameOf(store: EditorStore, id: NodeId): string {
  const node = graphOf(store).nodes.find((one) => one.id === id);
  return node ? labelOf(node, store.getState().types) : id;
}
