/** Regions: the nodes between an iterator and its aggregator, or a loop and its exit, done once for each item or turn. Found as the
 *  engine finds them, by roles and edges; a graph that has no proper regions is the server's to complain about. */
import type { NodeId, NodeRole, WorkflowGraph } from "@/api/generated/types";
import { errorPort, type Types } from "./ports";

const closing: Partial<Record<NodeRole, NodeRole>> = { iterator: "aggregator", loop: "exit" };

/** For each node inside of regions the nodes that open them, the outermost first. */
export function regionsAround(graph: WorkflowGraph, types: Types): ReadonlyMap<NodeId, readonly NodeId[]> {
  const roles = new Map(graph.nodes.map((node) => [node.id, types.get(node.kind)?.face.role]));
  const closerOf = (id: NodeId) => closing[roles.get(id) ?? "step"];
  const openers = graph.nodes.filter(({ id }) => closerOf(id)).map(({ id }) => id);
  if (openers.length === 0) return new Map();

  const targets = new Map<NodeId, NodeId[]>();
  for (const { source, source_port, target } of graph.edges) {
    // A failure of the opening node does not lead into its region.
    if (source_port === errorPort && closerOf(source)) continue;
    targets.set(source, [...(targets.get(source) ?? []), target]);
  }
  const reach = new Map(graph.nodes.map(({ id }) => [id, reachable(targets, id)]));
  const isBefore = (one: NodeId, other: NodeId) => reach.get(one)?.has(other) ?? false;

  const taken = new Set<NodeId>();
  const bodies: { opener: NodeId; body: ReadonlySet<NodeId> }[] = [];
  // The inner ones first: what opens behind others is closed before them.
  for (const opener of openers.sort((one, other) => (reach.get(one)?.size ?? 0) - (reach.get(other)?.size ?? 0))) {
    const closers = [...(reach.get(opener) ?? [])].filter((id) => roles.get(id) === closerOf(opener) && !taken.has(id));
    const closer = closers.find((id) => closers.every((other) => !isBefore(other, id)));
    if (closer === undefined) continue;
    taken.add(closer);
    const body = reachable(targets, opener, closer);
    body.delete(closer);
    bodies.push({ opener, body });
  }
  bodies.sort((one, other) => other.body.size - one.body.size);
  const around = graph.nodes.map(
    ({ id }) => [id, bodies.filter(({ body }) => body.has(id)).map(({ opener }) => opener)] as const,
  );
  return new Map(around.filter(([, own]) => own.length > 0));
}

/** What paths from `start` lead to; they end at `wall`, which is still reached. */
function reachable(targets: ReadonlyMap<NodeId, readonly NodeId[]>, start: NodeId, wall?: NodeId): Set<NodeId> {
  const reached = new Set<NodeId>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const target of targets.get(at) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      if (target !== wall) open.push(target);
    }
  }
  return reached;
}
