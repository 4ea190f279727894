/** A plain layered layout, left to right: a node's column is its longest way from a start, its row follows its sources. */
import type { NodeId, Position, WorkflowGraph } from "@/api/generated/types";
import { cardWidth } from "./nodes";

const columnStep = cardWidth + 100;
const rowStep = 180;

export function layered(graph: WorkflowGraph): Record<NodeId, Position> {
  const columns = columnsOf(graph);
  const rows = new Map<NodeId, number>();
  const result: Record<NodeId, Position> = {};
  const last = Math.max(0, ...columns.values());
  for (let column = 0; column <= last; column += 1) {
    const inColumn = graph.nodes.filter((node) => columns.get(node.id) === column).map((node) => node.id);
    const wanted = new Map(inColumn.map((id, index) => [id, wantedRow(graph, id, rows) ?? index]));
    inColumn.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
    let free = Number.NEGATIVE_INFINITY;
    for (const id of inColumn) {
      const row = Math.max(free, wanted.get(id) ?? 0);
      rows.set(id, row);
      free = row + 1;
      result[id] = { x: column * columnStep, y: Math.round(row * rowStep) };
    }
  }
  return result;
}

/** Places for the nodes that have none; the others stay. */
export function missingPlaces(graph: WorkflowGraph): Record<NodeId, Position> {
  const homeless = graph.nodes.filter((node) => !graph.layout[node.id]);
  if (homeless.length === 0) return {};
  const places = layered(graph);
  const below =
    homeless.length === graph.nodes.length ? 0 : Math.max(...Object.values(graph.layout).map(({ y }) => y)) + rowStep;
  return Object.fromEntries(homeless.map(({ id }) => [id, { x: places[id]?.x ?? 0, y: (places[id]?.y ?? 0) + below }]));
}

function columnsOf(graph: WorkflowGraph): Map<NodeId, number> {
  const columns = new Map(graph.nodes.map((node) => [node.id, 0]));
  // Longest way by relaxation; bounded by the node count, so a circle cannot hang it.
  for (let round = 0; round < graph.nodes.length; round += 1) {
    let changed = false;
    for (const { source, target } of graph.edges) {
      const least = (columns.get(source) ?? 0) + 1;
      if (columns.has(target) && (columns.get(target) ?? 0) < least && least < graph.nodes.length) {
        columns.set(target, least);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return columns;
}

function wantedRow(graph: WorkflowGraph, id: NodeId, rows: ReadonlyMap<NodeId, number>): number | undefined {
  const sources = graph.edges.filter((edge) => edge.target === id).flatMap((edge) => rows.get(edge.source) ?? []);
  if (sources.length === 0) return undefined;
  return sources.reduce((sum, row) => sum + row, 0) / sources.length;
}

export type Direction = "left" | "right" | "up" | "down";

/** The nearest node that way, for walking with the arrow keys. */
export function neighbour(
  layout: Readonly<Record<NodeId, Position>>,
  from: NodeId,
  direction: Direction,
): NodeId | undefined {
  const here = layout[from];
  if (!here) return undefined;
  let best: { id: NodeId; distance: number } | undefined;
  for (const [id, there] of Object.entries(layout)) {
    if (id === from) continue;
    const [along, across] = distances(here, there, direction);
    if (along <= 0) continue;
    // Straight ahead beats nearer but sideways.
    const distance = along + 2 * Math.abs(across);
    if (!best || distance < best.distance) best = { id, distance };
  }
  return best?.id;
}

function distances(here: Position, there: Position, direction: Direction): [along: number, across: number] {
  const x = there.x - here.x;
  const y = there.y - here.y;
  switch (direction) {
    case "left":
      return [-x, y];
    case "right":
      return [x, y];
    case "up":
      return [-y, x];
    case "down":
      return [y, x];
  }
}
