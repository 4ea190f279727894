/** What the check found. A click leads to the node. */
import { CircleAlert, CircleCheck, TriangleAlert, X } from "lucide-react";
import type { Finding, NodeId } from "@/api/generated/types";
import { nameOf } from "@/canvas/actions";
import { useEditor, useEditorStore } from "@/canvas/context";
import { IconButton } from "@/kit/Button";
import { Help } from "@/kit/Help";

export function Problems({ onJump, onClose }: { onJump: (id: NodeId) => void; onClose: () => void }) {
  const findings = useEditor((editor) => editor.findings);
  return (
    <section aria-label="Problems" className="max-h-56 shrink-0 overflow-y-auto border-t bg-panel">
      <div className="sticky top-0 flex items-center justify-between bg-panel px-3 py-1">
        <h2 className="font-medium text-[13px]">Problems</h2>
        <IconButton label="Close problems" onClick={onClose}>
          <X size={15} aria-hidden />
        </IconButton>
      </div>
      {findings.length === 0 ? (
        <p className="flex items-center gap-2 px-3 pb-3 text-[13px] text-ink-soft">
          <CircleCheck size={14} aria-hidden className="text-good" /> The workflow can run.
        </p>
      ) : (
        <ul className="pb-2">
          {findings.map((finding, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
            <li key={index}>
              <Row finding={finding} onJump={onJump} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ finding, onJump }: { finding: Finding; onJump: (id: NodeId) => void }) {
  const store = useEditorStore();
  const { node_id } = finding;
  const mark =
    finding.level === "error" ? (
      <CircleAlert size={14} role="img" aria-label="Error" className="text-bad" />
    ) : (
      <TriangleAlert size={14} role="img" aria-label="Warning" className="text-warn" />
    );
  const words = (
    <>
      {mark}
      {node_id && <span className="shrink-0 font-medium">{nameOf(store, node_id)}</span>}
      <span className="min-w-0 text-ink-soft">
        <Help text={finding.message} />
      </span>
    </>
  );
  const look = "flex w-full items-center gap-2 px-3 py-1.5 text-left text-[13px]";
  if (!node_id) return <div className={look}>{words}</div>;
  return (
    <button type="button" className={`${look} hover:bg-hover`} onClick={() => onJump(node_id)}>
      {words}
    </button>
  );
}
