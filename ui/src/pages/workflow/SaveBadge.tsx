/** Whether what is on screen is what the server has. */
import { CloudOff, GitBranch, TriangleAlert } from "lucide-react";
import type { SaveState } from "@/model/autosave";

export function SaveBadge({ save }: { save: SaveState }) {
  return (
    <span
      role="status"
      aria-label="Saving"
      className="inline-flex items-center gap-1 whitespace-nowrap px-1 text-ink-faint text-xs"
    >
      <Words save={save} />
    </span>
  );
}

function Words({ save }: { save: SaveState }) {
  switch (save.kind) {
    case "saved":
      return "Saved";
    case "saving":
      return "Saving…";
    case "offline":
      return (
        <span className="inline-flex items-center gap-1 text-warn">
          <CloudOff size={13} aria-hidden /> Offline, kept on this device
        </span>
      );
    case "conflict":
      return (
        <span className="inline-flex items-center gap-1 text-bad">
          <GitBranch size={13} aria-hidden /> Conflict
        </span>
      );
    case "refused":
      return (
        <span className="inline-flex items-center gap-1 text-bad" title={save.message}>
          <TriangleAlert size={13} aria-hidden /> Not saved: {save.message}
        </span>
      );
  }
}
