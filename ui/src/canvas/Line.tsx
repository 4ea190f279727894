/** One connection. Selected, it shows a button that removes it. */
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { X } from "lucide-react";
import { memo } from "react";
import { flowOf } from "@/model/overlay";
import { disconnect } from "./actions";
import { useEditor, useEditorStore, useWatched } from "./context";
import type { Line as LineEdge } from "./flow";

export const Line = memo(function Line({
  id,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected,
  data,
}: EdgeProps<LineEdge>) {
  const store = useEditorStore();
  const readOnly = useEditor((editor) => editor.readOnly);
  const flow = useWatched(({ overlay }) => data && flowOf(overlay, data.spec));
  const [path, middleX, middleY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={18}
        className={`line-${selected ? "selected" : (flow ?? "idle")}`}
      />
      {selected && !readOnly && data && (
        <EdgeLabelRenderer>
          <button
            type="button"
            aria-label="Remove this connection"
            className="nodrag nopan pointer-events-auto absolute flex size-6 items-center justify-center rounded-full border bg-panel text-ink-soft hover:bg-bad-soft hover:text-bad"
            style={{ transform: `translate(-50%, -50%) translate(${middleX}px, ${middleY}px)` }}
            onClick={() => disconnect(store, [data.spec])}
          >
            <X size={13} aria-hidden />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
