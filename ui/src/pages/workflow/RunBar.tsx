/** The watched run under the canvas: state, time, progress, and the ways to its page or out of it. */
import { Link } from "@tanstack/react-router";
import { ExternalLink, Square, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { useEditor } from "@/canvas/context";
import type { WatchStore } from "@/canvas/watch";
import { Button, IconButton } from "@/kit/Button";
import { useNow } from "@/kit/hooks";
import { announce } from "@/kit/live";
import { Status, statusWord } from "@/kit/Status";
import { duration } from "@/model/format";
import { isFinal, summary } from "@/model/overlay";

interface RunBarProps {
  watch: WatchStore;
  /** The revision on the canvas. */
  revision: number;
  onClose: () => void;
  onCancel: () => void;
}

export function RunBar({ watch, revision, onClose, onCancel }: RunBarProps) {
  const { overlay, revision: used, failure } = useStore(watch);
  const total = useEditor(
    ({ history, types }) => history.doc.graph.nodes.filter((node) => types.get(node.kind)?.face.role !== "note").length,
  );
  const final = isFinal(overlay.status);
  const now_ms = useNow(!final, 250);
  const begun = overlay.created_at_ms;
  const said = useRef(final);
  const line = summary(overlay, total);

  useEffect(() => {
    if (final && !said.current)
      announce(
        `Run ${statusWord(overlay.status).toLowerCase()}: ${line}`,
        overlay.status === "failed" ? "urgent" : "polite",
      );
    said.current = final;
  }, [final, overlay.status, line]);

  return (
    <section aria-label="Run" className="flex h-11 shrink-0 items-center gap-3 border-t bg-panel px-3 text-[13px]">
      <Status status={overlay.status} />
      {begun !== undefined && (
        <span className="text-ink-soft tabular-nums">
          {duration(Math.max(0, (overlay.ended_at_ms ?? now_ms) - begun))}
        </span>
      )}
      <span className="min-w-0 truncate text-ink-soft">
        {failure ? `The run's state could not be read: ${failure.message}` : (overlay.failure?.message ?? line)}
      </span>
      {used !== undefined && used !== revision && (
        <span className="shrink-0 text-ink-faint text-xs">This run used revision {used}</span>
      )}
      <div className="flex-1" />
      {!final && (
        <Button small look="danger" onClick={onCancel}>
          <Square size={12} aria-hidden /> Stop
        </Button>
      )}
      <Link
        to="/runs/$id"
        params={{ id: overlay.run_id }}
        className="inline-flex h-7 items-center gap-1.5 rounded-md border px-2 font-medium hover:bg-hover"
      >
        <ExternalLink size={13} aria-hidden /> Open run
      </Link>
      <IconButton label="Stop showing this run" onClick={onClose}>
        <X size={15} aria-hidden />
      </IconButton>
    </section>
  );
}
