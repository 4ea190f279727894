/** What an empty canvas says. */
import { Panel } from "@xyflow/react";
import { Plus } from "lucide-react";
import { useEditor } from "@/canvas/context";
import { Button } from "@/kit/Button";

export function EmptyCanvas({ onAdd }: { onAdd: () => void }) {
  const empty = useEditor(({ history }) => history.doc.graph.nodes.length === 0);
  if (!empty) return null;
  return (
    <Panel position="top-center" className="!top-1/3 flex flex-col items-center gap-3 text-center">
      <p className="text-[13px] text-ink-soft">Choose a node type on the left, or press / to search.</p>
      <Button look="primary" onClick={onAdd}>
        <Plus size={15} aria-hidden /> Add the first node
      </Button>
    </Panel>
  );
}
