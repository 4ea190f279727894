/** The state of a run over its graph, folded from a snapshot and the events. Each node only moves forward (a later attempt,
 *  or a later state of the same attempt), so snapshot and events may arrive in any order and more than once. */
import type {
  Announced,
  EdgeSpec,
  Event,
  ItemCounts,
  ItemPath,
  NodeFailure,
  NodeId,
  NodeRun,
  NodeStatus,
  PortName,
  RunStatus,
  RunSummary,
  Signal,
  Usage,
} from "@/api/generated/types";

export interface NodeState extends Omit<NodeRun, "ports"> {
  /** What the node streamed in this attempt. */
  readonly text?: string;
  /** So many characters before the text are not known: they were streamed before we listened. */
  readonly from?: number;
  /** Length of the text in characters, as offsets count them. */
  readonly characters?: number;
  readonly progress?: string;
  /** Through which something left; unknown before the end, and after a failure that only its event told of. */
  readonly ports?: readonly PortName[];
}

export interface Overlay {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly created_at_ms?: number;
  readonly ended_at_ms?: number | null;
  readonly failure?: NodeFailure | null;
  readonly usage?: Usage;
  readonly nodes: Readonly<Record<NodeId, NodeState>>;
}

const rank: Record<NodeStatus, number> = {
  pending: 0,
  running: 1,
  waiting: 2,
  retrying: 3,
  uncertain: 4,
  succeeded: 5,
  failed: 5,
  skipped: 5,
  cancelled: 5,
};

export function emptyOverlay(run_id: string): Overlay {
  return { run_id, status: "queued", nodes: {} };
}

export function isFinal(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

export function withRun(overlay: Overlay, run: RunSummary): Overlay {
  const status = isFinal(overlay.status) && !isFinal(run.status) ? overlay.status : run.status;
  return {
    ...overlay,
    status,
    created_at_ms: run.created_at_ms,
    ended_at_ms: run.ended_at_ms ?? overlay.ended_at_ms,
    failure: run.failure ?? overlay.failure,
    usage: run.usage,
  };
}

export function withNodes(overlay: Overlay, nodes: readonly NodeRun[]): Overlay {
  return nodes.reduce((known, { ports, ...node }) => {
    if (node.items) return overPasses(known, node, node.items);
    return join(known, rank[node.status] === 5 ? { ...node, ports } : node);
  }, overlay);
}

/** A node inside a region stands for all its passes; how, only a snapshot tells. Passes are counted up. */
function overPasses(overlay: Overlay, node: NodeState, items: ItemCounts): Overlay {
  const before = overlay.nodes[node.node_id]?.items;
  if (before && before.begun + passesDone(before) > items.begun + passesDone(items)) return overlay;
  return { ...overlay, nodes: { ...overlay.nodes, [node.node_id]: withoutEmpty(node) } };
}

export function passesDone({ succeeded, failed, skipped }: ItemCounts): number {
  return succeeded + failed + skipped;
}

/** What is told of a node inside a region is about one of its passes. */
export function isOfPass(told: { item?: ItemPath } | Event): boolean {
  return "item" in told && told.item !== undefined && told.item !== "";
}

export function withEvent(overlay: Overlay, { event, at_ms, run_id }: Announced): Overlay {
  if (run_id !== overlay.run_id || isOfPass(event)) return overlay;
  switch (event.type) {
    case "run.started":
    case "run.resumed":
      return runStatus(overlay, "running");
    case "run.waiting":
      return runStatus(overlay, "waiting");
    case "run.needs_attention":
      return runStatus(overlay, "needs_attention");
    case "run.finished":
      return { ...overlay, status: event.status, usage: event.usage, failure: event.failure, ended_at_ms: at_ms };
    case "node.started":
      return runStatus(
        join(overlay, { node_id: event.node_id, status: "running", attempt: event.attempt, started_at_ms: at_ms }),
        "running",
      );
    case "node.finished":
      return join(overlay, { ...ended(event, at_ms), status: "succeeded", ports: event.ports });
    case "node.failed":
      return join(overlay, { ...ended(event, at_ms), status: "failed", failure: event.failure });
    case "node.retrying":
      return join(overlay, {
        node_id: event.node_id,
        status: "retrying",
        attempt: event.attempt,
        wake_at_ms: event.due_at_ms,
        failure: event.failure,
      });
    case "node.waiting":
      return join(overlay, {
        node_id: event.node_id,
        status: "waiting",
        attempt: attemptOf(overlay, event.node_id),
        wake_at_ms: event.due_at_ms,
      });
    case "node.uncertain":
      return join(overlay, { node_id: event.node_id, status: "uncertain", attempt: event.attempt });
    case "node.skipped":
      return join(overlay, {
        node_id: event.node_id,
        status: "skipped",
        attempt: attemptOf(overlay, event.node_id),
        ended_at_ms: at_ms,
      });
    case "node.cancelled":
      return join(overlay, {
        node_id: event.node_id,
        status: "cancelled",
        attempt: attemptOf(overlay, event.node_id),
        ended_at_ms: at_ms,
      });
    default:
      return overlay;
  }
}

/** Streamed text goes to the place its offset names, so that a repeated or overlapping piece does no harm. */
export function withSignal(overlay: Overlay, signal: Signal): Overlay {
  if (signal.run_id !== overlay.run_id || isOfPass(signal)) return overlay;
  const known = overlay.nodes[signal.node_id];
  if (known && signal.attempt < known.attempt) return overlay;
  const running: NodeState = { node_id: signal.node_id, status: "running", attempt: signal.attempt };
  const base = join(overlay, running);
  const node = base.nodes[signal.node_id] ?? running;
  const next =
    signal.type === "progress"
      ? { ...node, progress: signal.message }
      : { ...node, ...placed(node, signal.offset, signal.text) };
  return { ...base, nodes: { ...base.nodes, [signal.node_id]: next } };
}

function placed(node: NodeState, offset: number, piece: string): Pick<NodeState, "text" | "from" | "characters"> {
  const { text = "", from = 0, characters = 0 } = node;
  const added = [...piece];
  // The usual case: the next piece follows the last one.
  if (offset === from + characters) return { text: text + piece, from, characters: characters + added.length };
  const known = [...text];
  // A hole on either side: what was streamed in between is lost, so the latest stands alone.
  if (offset > from + known.length) return { text: piece, from: offset, characters: added.length };
  if (offset + added.length < from) return { text, from, characters };
  const before = known.slice(0, Math.max(0, offset - from));
  const after = known.slice(Math.max(0, offset - from + added.length));
  const whole = [...before, ...added, ...after];
  return { text: whole.join(""), from: Math.min(from, offset), characters: whole.length };
}

function join(overlay: Overlay, later: NodeState): Overlay {
  const known = overlay.nodes[later.node_id];
  const forward =
    !known ||
    later.attempt > known.attempt ||
    (later.attempt === known.attempt && rank[later.status] >= rank[known.status]);
  if (!forward) return overlay;
  const same = known?.attempt === later.attempt ? known : undefined;
  const next: NodeState = { ...same, ...withoutEmpty(later) };
  return { ...overlay, nodes: { ...overlay.nodes, [later.node_id]: next } };
}

/** Fields that an event does not know must not wipe out what a snapshot knew. */
function withoutEmpty<Known extends NodeState>(node: Known): Known {
  return Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined && value !== null)) as Known;
}

function ended(event: { node_id: NodeId; attempt: number; started_at_ms: number }, at_ms: number) {
  return { node_id: event.node_id, attempt: event.attempt, started_at_ms: event.started_at_ms, ended_at_ms: at_ms };
}

function attemptOf(overlay: Overlay, id: NodeId): number {
  return overlay.nodes[id]?.attempt ?? 0;
}

function runStatus(overlay: Overlay, status: RunStatus): Overlay {
  return isFinal(overlay.status) || overlay.status === status ? overlay : { ...overlay, status };
}

/** `3 of 5 steps done, 1 failed`: the run in one line. */
export function summary(overlay: Overlay, total: number): string {
  const states = Object.values(overlay.nodes);
  const count = (status: NodeStatus) => states.filter((node) => node.status === status).length;
  const done = states.filter((node) => rank[node.status] === 5).length;
  const parts = [`${done} of ${Math.max(total, states.length)} steps done`];
  if (count("failed") > 0) parts.push(`${count("failed")} failed`);
  if (count("skipped") > 0) parts.push(`${count("skipped")} skipped`);
  return parts.join(", ");
}

/** What an edge did in the run; undefined while that is open. */
export function flowOf({ nodes }: Overlay, edge: EdgeSpec): "skipped" | "active" | "done" | undefined {
  const from = nodes[edge.source];
  const to = nodes[edge.target]?.status;
  if (from?.status === "skipped" || to === "skipped") return "skipped";
  if (from?.status !== "succeeded" && from?.status !== "failed") return undefined;
  if (from.ports && !from.ports.includes(edge.source_port)) return "skipped";
  if (!from.ports && from.status === "failed") return undefined;
  if (to === "succeeded") return "done";
  return to === "running" || to === "retrying" || to === "waiting" ? "active" : undefined;
}
