/** The document as the graph library wants it. A card that did not change keeps its object, so that it is not drawn again. */
import { type Edge, type Node, Position } from "@xyflow/react";
import type { EdgeSpec, NodeId, NodeSpec, WorkflowGraph } from "@/api/generated/types";
import { edgeKey } from "@/model/document";
import { cardWidth, labelOf } from "@/model/nodes";
import { type Port, portsOf, type Types } from "@/model/ports";
import type { Selection } from "./editor";

export type CardNode = Node<{ spec: NodeSpec }, "card">;
export type Line = Edge<{ spec: EdgeSpec }, "line">;

/** Above this only what is in view is mounted; below, mounting all is smoother to pan. */
export const cullAbove = 150;
/** Where the first port's middle stands on a card, and how far the next is below it. */
const firstPort = 68;
const portStep = 24;

interface View {
  readonly graph: WorkflowGraph;
  readonly selection: Selection;
  readonly types: Types;
}

export function cards(before: readonly CardNode[], { graph, selection, types }: View): CardNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const stop = tabStop(graph, selection);
  return graph.nodes.map((spec): CardNode => {
    const old = known.get(spec.id);
    const position = graph.layout[spec.id] ?? { x: 0, y: 0 };
    const selected = selection.nodes.has(spec.id);
    const tabIndex = spec.id === stop ? 0 : -1;
    const same =
      old?.data.spec === spec &&
      old.position.x === position.x &&
      old.position.y === position.y &&
      old.selected === selected &&
      old.domAttributes?.tabIndex === tabIndex;
    if (same) return old;
    const data = old?.data.spec === spec ? old.data : { spec };
    return {
      ...old,
      ...(graph.nodes.length > cullAbove && old?.data.spec !== spec ? guessed(spec, types) : {}),
      id: spec.id,
      type: "card",
      position,
      selected,
      data,
      ariaLabel: `${labelOf(spec, types)}, ${types.get(spec.kind)?.face.label ?? spec.kind}`,
      domAttributes: { tabIndex },
    };
  });
}

/** Size and ports before the card was ever drawn, so that cards out of view need not be. Corrected once it is drawn. */
function guessed(spec: NodeSpec, types: Types): Pick<CardNode, "initialWidth" | "initialHeight" | "handles"> {
  const { inputs, outputs } = portsOf(spec, types);
  const place = (port: Port, row: number, type: "target" | "source") => ({
    id: port.name,
    type,
    position: type === "target" ? Position.Left : Position.Right,
    x: type === "target" ? -6 : cardWidth - 6,
    y: firstPort + row * portStep - 6,
    width: 12,
    height: 12,
  });
  return {
    initialWidth: cardWidth,
    initialHeight: firstPort + Math.max(inputs.length, outputs.length, 1) * portStep,
    handles: [
      ...inputs.map((port, row) => place(port, row, "target")),
      ...outputs.map((port, row) => place(port, row, "source")),
    ],
  };
}

/** The canvas is one stop for Tab: the selected node, else the first; arrows walk on from there. */
function tabStop(graph: WorkflowGraph, selection: Selection): NodeId | undefined {
  return [...selection.nodes][0] ?? graph.nodes[0]?.id;
}

export function lines({ graph, selection, types }: View): Line[] {
  const names = new Map(graph.nodes.map((node) => [node.id, labelOf(node, types)]));
  return graph.edges.map((spec): Line => {
    const id = edgeKey(spec);
    return {
      id,
      type: "line",
      source: spec.source,
      sourceHandle: spec.source_port,
      target: spec.target,
      targetHandle: spec.target_port,
      selected: selection.edges.has(id),
      data: { spec },
      ariaLabel: `From ${names.get(spec.source)} ${spec.source_port} to ${names.get(spec.target)} ${spec.target_port}`,
    };
  });
}
