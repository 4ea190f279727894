/** The document as the graph library wants it. A card that did not change keeps its object, so that it is not drawn again. */
import type { Edge, Node } from "@xyflow/react";
import type { EdgeSpec, NodeId, NodeSpec, WorkflowGraph } from "@/api/generated/types";
import { edgeKey } from "@/model/document";
import { labelOf } from "@/model/nodes";
import type { Types } from "@/model/ports";
import type { Selection } from "./editor";

export type CardNode = Node<{ spec: NodeSpec }, "card">;
export type Line = Edge<{ spec: EdgeSpec }, "line">;

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
