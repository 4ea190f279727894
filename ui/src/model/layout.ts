/** A plain layered layout, left to right: a node's column is its longest way from a start, its row follows its sources. */
import type { NodeId, Position, WorkflowGraph } from "@/api/generated/types";
import { cardHeight, cardWidth } from "./nodes";

const columnStep = cardWidth + 100;
const rowStep = 180;

export function layered(graph: WorkflowGraph): Record<NodeId, Position> {
  const connected = new Set(graph.edges.flatMap(({ source, target }) => [source, target]));
  const rows = rowsOf(graph, columnsOf(graph), connected);
  const places = [...rows].map(([id, { column, row }]) => [
    id,
    { x: column * columnStep, y: Math.round(row * rowStep) },
  ]);
  // What nothing leads to or from, such as a note of any height, stands where it covers nothing: below.
  const below = Math.max(0, ...[...rows.values()].map(({ row }) => row + 1)) * rowStep;
  const alone = graph.nodes.filter((node) => !connected.has(node.id));
  return Object.fromEntries([
    ...places,
    ...alone.map(({ id }, index) => [id, { x: index * columnStep, y: Math.round(below) }]),
  ]);
}

/** Column by column; an edge that passes a column keeps a row of it free, and stays straight where it can. */
function rowsOf(graph: WorkflowGraph, columns: ReadonlyMap<NodeId, number>, wanted: ReadonlySet<NodeId>) {
  const placed = new Map<NodeId, { column: number; row: number }>();
  const reached = new Map<NodeId, number>();
  const columnOf = (id: NodeId) => columns.get(id) ?? 0;
  const nodes = graph.nodes.filter((node) => wanted.has(node.id));
  const last = Math.max(0, ...nodes.map((node) => columnOf(node.id)));
  for (let column = 0; column <= last; column += 1) {
    const passing = graph.edges.filter((edge) => columnOf(edge.source) < column && columnOf(edge.target) > column);
    const lanes = [...new Set(passing.map((edge) => edge.source))].map((id) => ({
      id,
      row: reached.get(id),
      lane: true,
    }));
    const cards = nodes
      .filter((node) => columnOf(node.id) === column)
      .map(({ id }) => ({ id, row: wantedRow(graph, id, reached, column - 1, columnOf), lane: false }));
    const stops = [...lanes, ...cards].map((stop, index) => ({ ...stop, row: stop.row ?? index }));
    stops.sort((one, other) => one.row - other.row);
    let free = Number.NEGATIVE_INFINITY;
    for (const { id, lane, row: wish } of stops) {
      const row = Math.max(free, wish);
      free = row + 1;
      reached.set(id, row);
      if (!lane) placed.set(id, { column, row });
    }
  }
  return placed;
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

/** In line with the edges from afar, else in the middle of the neighbours that lead here. */
function wantedRow(
  graph: WorkflowGraph,
  id: NodeId,
  reached: ReadonlyMap<NodeId, number>,
  before: number,
  columnOf: (id: NodeId) => number,
): number | undefined {
  const sources = graph.edges.filter((edge) => edge.target === id).map((edge) => edge.source);
  const far = sources.filter((source) => columnOf(source) < before);
  const rows = (far.length > 0 ? far : sources).flatMap((source) => reached.get(source) ?? []);
  return rows.length === 0 ? undefined : rows.reduce((sum, row) => sum + row, 0) / rows.length;
}

/** Smaller than this, names on cards are hard to read. */
export const readableZoom = 0.45;

interface Room {
  readonly width: number;
  readonly height: number;
}

/** The nodes to look at first: all of them where they are readable together, else those that are, from the beginning on. */
export function firstLook(layout: Readonly<Record<NodeId, Position>>, room: Room): NodeId[] {
  const places = Object.entries(layout);
  const start = places.reduce(
    (first, place) => (place[1].x < first[1].x ? place : first),
    places[0] ?? ["", { x: 0, y: 0 }],
  );
  const tops = places.map(([, { y }]) => y);
  const [top, bottom] = [Math.min(...tops), Math.max(...tops)];
  const width = room.width / readableZoom - cardWidth;
  const height = room.height / readableZoom - cardHeight;
  const above = Math.min(Math.max(top, start[1].y - height / 2), Math.max(top, bottom - height));
  return places
    .filter(([, { x, y }]) => x <= start[1].x + width && y >= above && y <= above + height)
    .map(([id]) => id);
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
