/** Drawing an edge by drag or by two clicks: which ports fit, and the reason when one does not. */
import {
  type Connection,
  type Edge,
  type FinalConnectionState,
  type OnConnectStartParams,
  useReactFlow,
} from "@xyflow/react";
import { useMemo, useRef } from "react";
import { toast } from "sonner";
import type { EdgeSpec, NodeId } from "@/api/generated/types";
import { refusal, sourcesOf, targetsOf } from "@/model/ports";
import { connect } from "./actions";
import { useEditorStore } from "./context";
import { portKey } from "./PortRow";

type DropEdge = (source: { id: NodeId; port: string }, at: { x: number; y: number }) => void;

export function edgeOf({ source, sourceHandle, target, targetHandle }: Connection | Edge): EdgeSpec {
  return { source, source_port: sourceHandle ?? "", target, target_port: targetHandle ?? "" };
}

export function useConnecting(onDropEdge?: DropEdge) {
  const store = useEditorStore();
  const { screenToFlowPosition } = useReactFlow();
  const reason = useRef<string>(undefined);
  const from = useRef<OnConnectStartParams>(undefined);

  const handlers = useMemo(() => {
    function begin(_: unknown, start: OnConnectStartParams) {
      from.current = start;
      reason.current = undefined;
      store.getState().setConnecting({ fitting: fittingPorts(start) });
    }

    function fittingPorts({ nodeId, handleId, handleType }: OnConnectStartParams): Set<string> {
      const { history, types } = store.getState();
      const { graph } = history.doc;
      if (!nodeId || !handleId) return new Set();
      if (handleType === "source") {
        const ports = targetsOf(graph, types, nodeId, handleId).map(({ node, port }) =>
          portKey("input", node.id, port.name),
        );
        return new Set([...ports, portKey("output", nodeId, handleId)]);
      }
      const ports = sourcesOf(graph, types, nodeId, handleId).map(({ node, port }) =>
        portKey("output", node.id, port.name),
      );
      return new Set([...ports, portKey("input", nodeId, handleId)]);
    }

    function end(): string | undefined {
      store.getState().setConnecting(undefined);
      const said = reason.current;
      reason.current = undefined;
      return said;
    }

    return {
      onConnectStart: begin,
      onClickConnectStart: begin,
      onConnect: (connection: Connection) => {
        reason.current = undefined;
        connect(store, edgeOf(connection));
      },
      isValidConnection(connection: Connection | Edge) {
        const { history, types } = store.getState();
        reason.current = refusal(history.doc.graph, types, edgeOf(connection));
        return reason.current === undefined;
      },
      onConnectEnd(event: MouseEvent | TouchEvent, state: FinalConnectionState) {
        const said = end();
        if (state.toHandle) {
          if (said !== undefined && !state.isValid) toast.error(said);
          return;
        }
        const start = from.current;
        const onPane = event.target instanceof Element && event.target.classList.contains("react-flow__pane");
        if (!onPane || !start?.nodeId || !start.handleId || start.handleType !== "source") return;
        const point = "changedTouches" in event ? event.changedTouches[0] : event;
        if (point)
          onDropEdge?.(
            { id: start.nodeId, port: start.handleId },
            screenToFlowPosition({ x: point.clientX, y: point.clientY - 40 }),
          );
      },
      onClickConnectEnd() {
        const said = end();
        if (said !== undefined) toast.error(said);
      },
    };
  }, [store, screenToFlowPosition, onDropEdge]);

  return { handlers, edgeOf };
}
