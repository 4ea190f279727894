/** States of runs and nodes: always an icon and a word beside the colour. */
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  SkipForward,
} from "lucide-react";
import type { NodeStatus, RunStatus } from "@/api/generated/types";

interface Look {
  word: string;
  icon: LucideIcon;
  tone: "good" | "bad" | "warn" | "busy" | "faint";
  spins?: boolean;
}

const looks: Record<NodeStatus | RunStatus, Look> = {
  pending: { word: "Not started", icon: CircleDashed, tone: "faint" },
  queued: { word: "Queued", icon: CircleDashed, tone: "faint" },
  running: { word: "Running", icon: LoaderCircle, tone: "busy", spins: true },
  retrying: { word: "Retrying", icon: RotateCw, tone: "warn" },
  waiting: { word: "Waiting", icon: Clock, tone: "busy" },
  uncertain: { word: "Uncertain", icon: CircleAlert, tone: "warn" },
  needs_attention: { word: "Needs attention", icon: CircleAlert, tone: "warn" },
  succeeded: { word: "Succeeded", icon: CircleCheck, tone: "good" },
  failed: { word: "Failed", icon: CircleX, tone: "bad" },
  skipped: { word: "Skipped", icon: SkipForward, tone: "faint" },
  cancelled: { word: "Cancelled", icon: Ban, tone: "faint" },
};

const text = { good: "text-good", bad: "text-bad", warn: "text-warn", busy: "text-busy", faint: "text-ink-faint" };
const soft = {
  good: "bg-good-soft",
  bad: "bg-bad-soft",
  warn: "bg-warn-soft",
  busy: "bg-busy-soft",
  faint: "bg-sunken",
};
const solid = { good: "bg-good", bad: "bg-bad", warn: "bg-warn", busy: "bg-busy", faint: "bg-ink-faint" };

export function statusWord(status: NodeStatus | RunStatus): string {
  return looks[status].word;
}

export function statusFill(status: NodeStatus | RunStatus): string {
  return solid[looks[status].tone];
}

export function Status({ status, small = false }: { status: NodeStatus | RunStatus; small?: boolean }) {
  const { word, icon: Icon, tone, spins } = looks[status];
  return (
    <span
      className={`inline-flex w-fit items-center gap-1 rounded-full font-medium whitespace-nowrap ${small ? "text-xs" : `px-2 py-0.5 text-xs ${soft[tone]}`} ${text[tone]}`}
    >
      <Icon size={13} aria-hidden className={spins ? "animate-spin" : ""} />
      {word}
    </span>
  );
}
