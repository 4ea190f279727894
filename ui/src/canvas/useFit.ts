/** Brings the graph into view: at first as much of it as can be read, from its beginning; once that is in view, all of it. */
import { getViewportForBounds, useReactFlow, useStoreApi } from "@xyflow/react";
import { useCallback } from "react";
import { firstLook } from "@/model/layout";
import { useEditorStore } from "./context";

/** Never larger than life. */
export const FIT = { padding: 0.1, maxZoom: 1 };
const smallest = 0.1;

export function useFit(): () => void {
  const editor = useEditorStore();
  const flow = useReactFlow();
  const canvas = useStoreApi();
  return useCallback(() => {
    const { layout, nodes } = editor.getState().history.doc.graph;
    const { width, height } = canvas.getState();
    const ids = firstLook(layout, { width, height });
    const bounds = flow.getNodesBounds(ids);
    const wanted = getViewportForBounds(bounds, width, height, smallest, FIT.maxZoom, FIT.padding);
    const now = flow.getViewport();
    // Panels that came or went since the page opened make a small difference.
    const isThere =
      Math.hypot(now.x - wanted.x, now.y - wanted.y) < width / 8 && Math.abs(now.zoom / wanted.zoom - 1) < 0.2;
    if (ids.length < nodes.length && !isThere) void flow.setViewport(wanted, { duration: 200 });
    else void flow.fitView({ ...FIT, duration: 200 });
  }, [editor, flow, canvas]);
}
