/** The drawing surface: binds the open document to the graph library. Changes go into the document, never around it. */
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type Connection,
  ControlButton,
  Controls,
  MiniMap,
  type NodeChange,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { Maximize } from "lucide-react";
import { type DragEvent, type ReactNode, useCallback, useLayoutEffect, useMemo, useState } from "react";
import "@xyflow/react/dist/style.css";
import "./canvas.css";
import type { NodeId, WorkflowGraph } from "@/api/generated/types";
import { useTheme } from "@/kit/theme";
import { firstLook } from "@/model/layout";
import { snap } from "@/model/nodes";
import { addNode, connect } from "./actions";
import { useEditor, useEditorStore } from "./context";
import { type CardNode, cards, cullAbove, type Line as LineEdge, lines } from "./flow";
import { Line } from "./Line";
import { NodeCard } from "./NodeCard";
import { useConnecting } from "./useConnecting";
import { FIT, useFit } from "./useFit";

const nodeTypes = { card: NodeCard };
const edgeTypes = { line: Line };
const grid: [number, number] = [20, 20];
export const dragType = "application/x-ai-studio-node";

interface CanvasProps {
  onOpen: (id: NodeId) => void;
  /** An edge was dropped where nothing is: offer a node to put there. */
  onDropEdge?: (source: { id: NodeId; port: string }, at: { x: number; y: number }) => void;
  children?: ReactNode;
}

/** What the page keeps for itself beside the canvas, roughly; the canvas has no size before it stands. */
const around = { width: 240, height: 140 };
/** Below this zoom a card shows its icon and its name, large. */
const farBelow = 0.6;

export function Canvas({ onOpen, onDropEdge, children }: CanvasProps) {
  const store = useEditorStore();
  const graph = useEditor((editor) => editor.history.doc.graph);
  const selection = useEditor((editor) => editor.selection);
  const types = useEditor((editor) => editor.types);
  const readOnly = useEditor((editor) => editor.readOnly);
  const shown = useTheme((theme) => theme.shown);
  const [nodes, setNodes] = useState(() => cards([], { graph, selection, types }));
  const edges = useMemo(() => lines({ graph, selection, types }), [graph, selection, types]);
  // On an empty canvas the view is the person's: fitted late, it would jump when the first node stands.
  const [fitted] = useState(graph.nodes.length > 0);
  const [first] = useState(() => ({ ...FIT, nodes: beginning(graph) }));
  const fit = useFit();
  const isFar = useStore(({ transform }) => transform[2] < farBelow);
  const connecting = useConnecting(onDropEdge);
  const drop = useDrop();

  useLayoutEffect(() => setNodes((before) => cards(before, { graph, selection, types })), [graph, selection, types]);

  const nodesChanged = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const choices = changes.filter((change) => change.type === "select");
      if (choices.length > 0) {
        const { selection: before, select } = store.getState();
        const next = new Set(before.nodes);
        for (const { id, selected } of choices) selected ? next.add(id) : next.delete(id);
        select(next, before.edges);
      }
      const rest = changes.filter((change) => change.type === "position" || change.type === "dimensions");
      if (rest.length > 0) setNodes((before) => applyNodeChanges(rest, before));
    },
    [store],
  );

  const edgesChanged = useCallback(
    (changes: { type: string; id?: string; selected?: boolean }[]) => {
      const choices = changes.filter((change) => change.type === "select");
      if (choices.length === 0) return;
      const { selection: before, select } = store.getState();
      const next = new Set(before.edges);
      for (const { id, selected } of choices) if (id !== undefined) selected ? next.add(id) : next.delete(id);
      select(before.nodes, next);
    },
    [store],
  );

  const dragged = useCallback(
    (_: unknown, __: unknown, moved: CardNode[]) => {
      const positions = Object.fromEntries(moved.map(({ id, position }) => [id, snap(position)]));
      const label = moved.length === 1 ? "move node" : `move ${moved.length} nodes`;
      store.getState().act({ label, edits: [{ type: "move", positions }] });
      // A drag that ends where it began changes nothing in the document, but the card may stand off the grid.
      const { history, selection: chosen, types: known } = store.getState();
      setNodes((before) => cards(before, { graph: history.doc.graph, selection: chosen, types: known }));
    },
    [store],
  );

  return (
    <ReactFlow<CardNode, LineEdge>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={nodesChanged}
      onEdgesChange={edgesChanged}
      onNodeDragStop={dragged}
      onNodeDoubleClick={(_, node) => onOpen(node.id)}
      onReconnect={(old, next: Connection) => old.data && connect(store, connecting.edgeOf(next), old.data.spec)}
      {...connecting.handlers}
      {...(readOnly ? {} : drop)}
      nodesDraggable={!readOnly}
      nodesConnectable={!readOnly}
      edgesReconnectable={!readOnly}
      edgesFocusable={false}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectionKeyCode="Shift"
      multiSelectionKeyCode={["Shift", "Meta", "Control"]}
      snapToGrid
      snapGrid={grid}
      connectionRadius={28}
      minZoom={0.1}
      maxZoom={2}
      fitView={fitted}
      fitViewOptions={first}
      className={isFar ? "far" : ""}
      onlyRenderVisibleElements={graph.nodes.length > cullAbove}
      colorMode={shown}
      proOptions={{ hideAttribution: true }}
      aria-label="Workflow canvas"
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
      <Controls showInteractive={false} showFitView={false} aria-label="Zoom">
        <ControlButton onClick={fit} aria-label="Fit View" title="Fit View">
          <Maximize aria-hidden />
        </ControlButton>
      </Controls>
      {graph.nodes.length > 4 && graph.nodes.length <= 1_000 && (
        <MiniMap pannable zoomable ariaLabel="Overview of the canvas" />
      )}
      {children}
    </ReactFlow>
  );
}

/** What is looked at first, in a window of this size. */
function beginning({ layout }: WorkflowGraph): { id: NodeId }[] {
  const room = { width: window.innerWidth - around.width, height: window.innerHeight - around.height };
  return firstLook(layout, room).map((id) => ({ id }));
}

/** Node types dragged out of the palette. */
function useDrop() {
  const store = useEditorStore();
  const { screenToFlowPosition } = useReactFlow();
  return {
    onDragOver(event: DragEvent) {
      if (!event.dataTransfer.types.includes(dragType)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    },
    onDrop(event: DragEvent) {
      const type = store.getState().types.get(event.dataTransfer.getData(dragType));
      if (!type) return;
      event.preventDefault();
      addNode(store, type, { at: screenToFlowPosition({ x: event.clientX - 60, y: event.clientY - 20 }) });
    },
  };
}
