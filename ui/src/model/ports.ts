/** Ports of a node as its face and config say, what may be connected, and why not. */
import {
  type EdgeSpec,
  type Json,
  type NodeId,
  type NodeSpec,
  type NodeType,
  type PortType,
  portFits,
  type WorkflowGraph,
} from "@/api/generated/types";
import { edgeKey, nodeById } from "./document";

export type Types = ReadonlyMap<string, NodeType>;

export interface Port {
  readonly name: string;
  readonly label: string;
  readonly type: PortType;
  readonly many: boolean;
  readonly required: boolean;
  /** An edge names this port, but the node has none of that name (any more). */
  readonly missing?: true;
}

export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The port through which a failure leaves when the policy says so. */
export const errorPort = "error";

export function typesOf(types: readonly NodeType[]): Types {
  return new Map(types.map((type) => [type.kind, type]));
}

export function portsOf(node: NodeSpec, types: Types, edges: readonly EdgeSpec[] = []): Ports {
  const face = types.get(node.kind)?.face;
  const inputs: Port[] = (face?.inputs ?? []).map((port) => ({ ...port }));
  const outputs: Port[] = [];
  for (const port of face?.outputs ?? []) {
    if (port.from === "fixed") outputs.push(output(port.name, port.label, port.type));
    else for (const name of namesIn(node.config, port.field)) outputs.push(output(name, name, port.type));
  }
  if (node.policy?.on_error.action === "error_port") outputs.push(output(errorPort, "Error", "json"));
  return {
    inputs: withMissing(
      inputs,
      edges.filter((edge) => edge.target === node.id).map((edge) => edge.target_port),
    ),
    outputs: withMissing(
      outputs,
      edges.filter((edge) => edge.source === node.id).map((edge) => edge.source_port),
    ),
  };
}

function output(name: string, label: string, type: PortType): Port {
  return { name, label, type, many: true, required: false };
}

function namesIn(config: Json, field: string): string[] {
  const entries = isObject(config) ? config[field] : undefined;
  if (!Array.isArray(entries)) return [];
  const names = entries.map((entry) => (isObject(entry) ? entry.name : entry));
  return [...new Set(names.filter((name): name is string => typeof name === "string" && name !== ""))];
}

function withMissing(ports: readonly Port[], named: readonly string[]): readonly Port[] {
  const known = new Set(ports.map((port) => port.name));
  const missing = [...new Set(named)].filter((name) => !known.has(name));
  return [...ports, ...missing.map((name): Port => ({ ...output(name, name, "any"), missing: true }))];
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fits(source: PortType, target: PortType): boolean {
  return portFits[source].includes(target);
}

const typeWords: Record<PortType, string> = {
  any: "anything",
  text: "text",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  json: "JSON",
  blob: "a file",
};

/** Why this edge may not be drawn, in words; undefined when it may. */
export function refusal(
  graph: WorkflowGraph,
  types: Types,
  edge: EdgeSpec,
  before: ReadonlySet<NodeId> = upstream(graph, edge.source),
): string | undefined {
  if (edge.source === edge.target) return "A node cannot feed itself.";
  const source = nodeById(graph, edge.source);
  const target = nodeById(graph, edge.target);
  const from = source && portsOf(source, types).outputs.find((port) => port.name === edge.source_port);
  const to = target && portsOf(target, types).inputs.find((port) => port.name === edge.target_port);
  if (!from || !to) return "That port does not exist any more.";
  if (!fits(from.type, to.type))
    return `“${to.label}” expects ${typeWords[to.type]}, “${from.label}” gives ${typeWords[from.type]}.`;
  if (before.has(edge.target)) return "That would close a circle: the target already leads back to the source.";
  return undefined;
}

/** The nodes from which edges lead to this one, over any number of steps. */
function upstream(graph: WorkflowGraph, id: NodeId): ReadonlySet<NodeId> {
  const sources = new Map<NodeId, NodeId[]>();
  for (const edge of graph.edges) sources.set(edge.target, [...(sources.get(edge.target) ?? []), edge.source]);
  const seen = new Set<NodeId>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const source of sources.get(at) ?? []) {
      if (seen.has(source)) continue;
      seen.add(source);
      open.push(source);
    }
  }
  return seen;
}

export interface Target {
  readonly edge: EdgeSpec;
  readonly node: NodeSpec;
  readonly port: Port;
}

/** Every place that an output may be led to now. */
export function targetsOf(graph: WorkflowGraph, types: Types, source: NodeId, source_port: string): Target[] {
  const before = upstream(graph, source);
  const drawn = new Set(graph.edges.map(edgeKey));
  return graph.nodes.flatMap((node) =>
    portsOf(node, types).inputs.flatMap((port): Target[] => {
      const edge = { source, source_port, target: node.id, target_port: port.name };
      return drawn.has(edgeKey(edge)) || refusal(graph, types, edge, before) ? [] : [{ edge, node, port }];
    }),
  );
}

/** Every output that may be led to this input now. */
export function sourcesOf(graph: WorkflowGraph, types: Types, target: NodeId, target_port: string): Target[] {
  return graph.nodes.flatMap((node) =>
    portsOf(node, types).outputs.flatMap((port): Target[] => {
      const edge = { source: node.id, source_port: port.name, target, target_port };
      return refusal(graph, types, edge) ? [] : [{ edge, node, port }];
    }),
  );
}
