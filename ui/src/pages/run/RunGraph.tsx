/** The revision that ran, with the states of its nodes; to look at, not to change. */
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect } from "react";
import { Canvas } from "@/canvas/Canvas";
import { useEditor } from "@/canvas/context";

export function RunGraph({ onOpen }: { onOpen: (id: string) => void }) {
  const chosen = useEditor(({ selection }) => (selection.nodes.size === 1 ? [...selection.nodes][0] : undefined));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new choice opens a step
  useEffect(() => {
    if (chosen !== undefined) onOpen(chosen);
  }, [chosen]);
  return (
    <div className="h-[28rem] overflow-hidden rounded-xl border">
      <ReactFlowProvider>
        <Canvas onOpen={onOpen} />
      </ReactFlowProvider>
    </div>
  );
}
