/** The rows of a run's timeline: each node with its place between the run's beginning and its end (or now). */
import type { NodeId, WorkflowGraph } from "@/api/generated/types";
import { isFinal, type NodeState, type Overlay } from "./overlay";

export interface TimelineRow {
  readonly id: NodeId;
  readonly state: NodeState;
  /** Percent of the run's time; undefined before the node has begun. */
  readonly bar?: { readonly left: number; readonly width: number };
}

/** A bar thinner than this could not be seen. */
const thinnest = 0.6;

export function timeline(overlay: Overlay, graph: WorkflowGraph, now_ms: number): TimelineRow[] {
  const states = Object.values(overlay.nodes);
  const starts = states.flatMap((state) => state.started_at_ms ?? []);
  const begin = Math.min(overlay.created_at_ms ?? Number.POSITIVE_INFINITY, ...starts);
  const ends = states.flatMap((state) => state.ended_at_ms ?? []);
  const end = isFinal(overlay.status) ? Math.max(overlay.ended_at_ms ?? begin, ...ends) : Math.max(now_ms, begin);
  const whole = Math.max(1, end - begin);
  const place = new Map(graph.nodes.map((node, index) => [node.id, index]));
  const rows = states.map((state): TimelineRow => {
    if (!state.started_at_ms) return { id: state.node_id, state };
    const left = ((state.started_at_ms - begin) / whole) * 100;
    const until = state.ended_at_ms ?? (isFinal(overlay.status) ? state.started_at_ms : end);
    const width = Math.max(thinnest, ((until - state.started_at_ms) / whole) * 100);
    const from = Math.min(left, 100 - thinnest);
    return { id: state.node_id, state, bar: { left: from, width: Math.min(width, 100 - from) } };
  });
  const order = (row: TimelineRow) => row.state.started_at_ms ?? Number.POSITIVE_INFINITY;
  return rows.sort((one, other) => {
    const byStart = order(one) === order(other) ? 0 : order(one) - order(other);
    return byStart || (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0);
  });
}
