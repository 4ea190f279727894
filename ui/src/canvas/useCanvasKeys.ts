/** The keyboard on the canvas. Active while the focus is inside it and nobody types. */
import { useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useCallback } from "react";
import { toast } from "sonner";
import type { NodeId, Position } from "@/api/generated/types";
import { chord, isTyping } from "@/model/keys";
import { type Direction, neighbour } from "@/model/layout";
import { copySelection, deleteSelection, duplicateSelection, nudge, paste, tidy } from "./actions";
import { useEditorStore } from "./context";
import { focusCard, focusedCard } from "./focus";
import { useFit } from "./useFit";

export interface CanvasCommands {
  addNode(): void;
  connect(id: NodeId): void;
  disconnect(id: NodeId): void;
  open(id: NodeId): void;
  rename(id: NodeId): void;
  close(): void;
}

const directions: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const step = 20;
const far = 5 * step;

export function useCanvasKeys(commands: CanvasCommands) {
  const store = useEditorStore();
  const flow = useReactFlow();
  const fit = useFit();

  const walk = useCallback(
    (direction: Direction) => {
      const { history, selection, select } = store.getState();
      const { layout, nodes } = history.doc.graph;
      const from = focusedCard() ?? [...selection.nodes][0];
      const to = from === undefined ? nodes[0]?.id : neighbour(layout, from, direction);
      const place = to === undefined ? undefined : layout[to];
      if (to === undefined || !place) return;
      select([to]);
      const seen = document.querySelector(".react-flow")?.getBoundingClientRect();
      const at = flow.flowToScreenPosition({ x: place.x + 120, y: place.y + 60 });
      const inside =
        seen && at.x > seen.left + 120 && at.x < seen.right - 120 && at.y > seen.top + 60 && at.y < seen.bottom - 60;
      if (!inside) void flow.setCenter(place.x + 120, place.y + 60, { zoom: flow.getZoom(), duration: 150 });
      focusCard(to);
    },
    [store, flow],
  );

  return useCallback(
    (event: KeyboardEvent) => {
      // Events of dialogs bubble here through React although they stand elsewhere on the page.
      if (isTyping(event.target) || !(event.target instanceof Node) || !event.currentTarget.contains(event.target))
        return;
      const keys = chord(event);
      const act = actionFor(keys, event);
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();

      function actionFor(pressed: string, { key }: KeyboardEvent): (() => void) | undefined {
        const { readOnly, selection } = store.getState();
        const direction = directions[key];
        if (direction && pressed === key) return () => walk(direction);
        const id = focusedCard() ?? [...selection.nodes][0];
        const looking =
          viewKeys(pressed) ??
          (id !== undefined && pressed === "Enter" && onCard(event.target) ? () => commands.open(id) : undefined);
        if (looking || readOnly) return looking;
        if (direction && pressed.startsWith("Alt+"))
          return () => nudge(store, by(direction, pressed.includes("Shift") ? far : step));
        return editKeys(pressed) ?? (id === undefined ? undefined : nodeKeys(pressed, id));
      }

      function viewKeys(pressed: string): (() => void) | undefined {
        const { history, selection, select } = store.getState();
        switch (pressed) {
          case "Escape":
            return () => (selection.nodes.size + selection.edges.size > 0 ? select([]) : commands.close());
          case "Mod+A":
            return () => select(history.doc.graph.nodes.map((node) => node.id));
          case "!":
          case "Shift+1":
            return fit;
          case "@":
          case "Shift+2":
            return () =>
              void flow.fitView({
                nodes: [...selection.nodes].map((one) => ({ id: one })),
                padding: 0.4,
                maxZoom: 1,
                duration: 200,
              });
          case "0":
            return () => void flow.zoomTo(1, { duration: 200 });
          case "+":
          case "=":
            return () => void flow.zoomIn({ duration: 150 });
          case "-":
            return () => void flow.zoomOut({ duration: 150 });
          default:
            return undefined;
        }
      }

      function editKeys(pressed: string): (() => void) | undefined {
        switch (pressed) {
          case "/":
            return commands.addNode;
          case "Delete":
          case "Backspace":
            return remove;
          case "Mod+D":
            return () => duplicateSelection(store);
          case "Shift+L":
            return () => {
              tidy(store);
              requestAnimationFrame(fit);
            };
          default:
            return undefined;
        }
      }

      function nodeKeys(pressed: string, id: NodeId): (() => void) | undefined {
        if (pressed === "C") return () => commands.connect(id);
        if (pressed === "X") return () => commands.disconnect(id);
        if (pressed === "F2") return () => commands.rename(id);
        return undefined;
      }

      function remove() {
        const what = deleteSelection(store);
        if (what) toast(`Deleted ${what}`, { action: { label: "Undo", onClick: () => store.getState().undo() } });
      }
    },
    [store, flow, fit, walk, commands],
  );
}

/** Enter on a button inside the canvas belongs to the button. */
function onCard(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.classList.contains("react-flow__node");
}

function by(direction: Direction, distance: number): Position {
  switch (direction) {
    case "left":
      return { x: -distance, y: 0 };
    case "right":
      return { x: distance, y: 0 };
    case "up":
      return { x: 0, y: -distance };
    case "down":
      return { x: 0, y: distance };
  }
}

/** Copy, cut and paste through the system's clipboard, by the browser's own events. */
export function useClipboard() {
  const store = useEditorStore();
  const flow = useReactFlow();
  const copy = (event: React.ClipboardEvent) => {
    const text = isTyping(event.target) ? undefined : copySelection(store);
    if (text === undefined) return false;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    return true;
  };
  return {
    onCopy: (event: React.ClipboardEvent) => void copy(event),
    onCut: (event: React.ClipboardEvent) => {
      if (copy(event)) deleteSelection(store);
    },
    onPaste: (event: React.ClipboardEvent) => {
      if (isTyping(event.target)) return;
      const box = event.currentTarget.getBoundingClientRect();
      const at = flow.screenToFlowPosition({ x: box.x + box.width / 3, y: box.y + box.height / 3 });
      if (paste(store, event.clipboardData.getData("text/plain"), at)) event.preventDefault();
    },
  };
}
