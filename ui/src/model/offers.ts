/** What the expressions of a node can name: what arrives at it, the run's inputs, and the outputs of nodes before it. */
import type { NodeId, NodeSpec, WorkflowGraph } from "@/api/generated/types";
import { nodeById } from "./document";
import { labelOf } from "./nodes";
import { portsOf, type Types } from "./ports";
import { pathOf } from "./references";
import { regionsAround } from "./regions";
import { runInputs } from "./run-inputs";

/** Where a run keeps the value of a name. */
export type Kept =
  | { readonly input: string }
  | { readonly node: NodeId; readonly side: "inputs" | "outputs"; readonly port: string };

export interface Offer {
  /** As it stands in an expression: `nodes.draft.output`. */
  readonly name: string;
  readonly label: string;
  /** Absent for what no run keeps. */
  readonly kept?: Kept;
}

export function offersFor(graph: WorkflowGraph, types: Types, id: NodeId): Offer[] {
  const node = nodeById(graph, id);
  if (!node) return [];
  const inputs = runInputs(graph, types).map(
    ({ name, label }): Offer => ({
      name: pathOf("inputs", name),
      label: `Run input “${label}”`,
      kept: { input: name },
    }),
  );
  const around = regionsAround(graph, types);
  const own = around.get(id) ?? [];
  // What is inside of a region is seen from inside only.
  const isSeen = (one: NodeSpec) => (around.get(one.id) ?? []).every((opener, depth) => own[depth] === opener);
  const earlier = before(graph, id).filter(isSeen);
  return [
    ...arriving(node, types),
    ...(own.length > 0 ? ofItem : []),
    ...inputs,
    ...earlier.flatMap((one) => leaving(one, types)),
  ];
}

/** Inside of a region. */
const ofItem: readonly Offer[] = [
  { name: "item", label: "The item, or what this turn began with" },
  { name: "index", label: "Which item or turn this is, from 0" },
];

/** `input` is the port of that name, or the only one. */
function arriving(node: NodeSpec, types: Types): Offer[] {
  const ports = portsOf(node, types).inputs;
  return ports.map(({ name, label }) => {
    const plain = ports.length === 1 || name === "input";
    const said = ports.length === 1 ? "What arrives here" : `What arrives at “${label}”`;
    return {
      name: plain ? "input" : pathOf("ports", name),
      label: said,
      kept: { node: node.id, side: "inputs", port: name },
    };
  });
}

function leaving(node: NodeSpec, types: Types): Offer[] {
  const ports = portsOf(node, types).outputs;
  return ports.map(({ name, label }) => ({
    name: pathOf("nodes", node.id, name),
    label: ports.length === 1 ? labelOf(node, types) : `${labelOf(node, types)}: ${label}`,
    kept: { node: node.id, side: "outputs", port: name },
  }));
}

/** The nodes that lead here, the nearest first. */
function before(graph: WorkflowGraph, id: NodeId): NodeSpec[] {
  const found = new Set([id]);
  // A set goes on to what is added while it is walked.
  for (const target of found) for (const edge of graph.edges) if (edge.target === target) found.add(edge.source);
  return [...found].slice(1).flatMap((one) => nodeById(graph, one) ?? []);
}

/** The offers that fit what was typed. */
export function fitting(offers: readonly Offer[], typed: string): readonly Offer[] {
  const wanted = typed.trim().toLowerCase();
  return offers.filter(
    ({ name, label }) => name.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted),
  );
}

/** Whether the cursor stands in an expression: one that has begun and not ended before it. */
function isOpen(text: string, cursor: number): boolean {
  const begun = text.slice(0, cursor).lastIndexOf("{{");
  return begun >= 0 && !text.slice(begun, cursor).includes("}}");
}

/** Where the name begins that the cursor stands behind; outside of an expression there is none yet. */
export function nameStart(text: string, cursor: number): number {
  const name = isOpen(text, cursor) ? /[\w.]*$/.exec(text.slice(0, cursor)) : undefined;
  return name?.index ?? cursor;
}

/** The text with the name in place of what stands from `from` to the cursor: in the expression around it, else in one of its own. */
export function inserted(text: string, from: number, cursor: number, name: string): { text: string; cursor: number } {
  const [start, end] = [text.slice(0, from), text.slice(cursor)];
  const put = isOpen(text, from) ? within(start, name, end) : `{{ ${name} }}`;
  return { text: start + put + end, cursor: start.length + put.length };
}

function within(start: string, name: string, end: string): string {
  const isClosed = /^(?:(?!\{\{)[\s\S])*?\}\}/.test(end);
  const room = isClosed && !end.startsWith("}}") ? "" : " ";
  return `${start.endsWith("{{") ? " " : ""}${name}${room}${isClosed ? "" : "}}"}`;
}
