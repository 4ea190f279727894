/** The steps of a run as rows: who, how, and when between the run's beginning and end. */
import { Status, statusFill } from "@/kit/Status";
import { duration } from "@/model/format";
import type { TimelineRow } from "@/model/timeline";

interface TimelineProps {
  rows: readonly TimelineRow[];
  names: ReadonlyMap<string, string>;
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
}

export function Timeline({ rows, names, chosen, onChoose }: TimelineProps) {
  if (rows.length === 0) return <p className="text-[13px] text-ink-faint">No step has begun.</p>;
  return (
    <ol className="overflow-hidden rounded-xl border bg-panel">
      {rows.map((row) => (
        <li key={row.id} className="border-b last:border-b-0">
          <Row row={row} name={names.get(row.id) ?? row.id} chosen={row.id === chosen} onChoose={onChoose} />
        </li>
      ))}
    </ol>
  );
}

function Row({
  row,
  name,
  chosen,
  onChoose,
}: {
  row: TimelineRow;
  name: string;
  chosen: boolean;
  onChoose: (id: string | undefined) => void;
}) {
  const { state, bar } = row;
  const took =
    state.started_at_ms && state.ended_at_ms ? duration(Math.max(0, state.ended_at_ms - state.started_at_ms)) : "";
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={() => onChoose(chosen ? undefined : row.id)}
      className={`grid w-full grid-cols-[1fr_8.5rem_4rem] sm:grid-cols-[minmax(7rem,12rem)_8.5rem_1fr_5.5rem] items-center gap-3 px-3 py-1.5 text-left text-[13px] ${chosen ? "bg-accent-soft" : "hover:bg-hover/70"}`}
    >
      <span className="truncate font-medium">{name}</span>
      <span className="flex items-center gap-1.5">
        <Status status={state.status} small />
        {state.attempt > 1 && (
          <span className="text-ink-faint text-xs">
            ×{state.attempt}
            <span className="sr-only"> attempts</span>
          </span>
        )}
      </span>
      <span className="relative h-4 rounded bg-sunken max-sm:hidden">
        {bar && (
          <span
            className={`absolute inset-y-0.5 rounded-sm ${statusFill(state.status)} ${state.status === "running" || state.status === "waiting" ? "opacity-70" : ""}`}
            style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
          />
        )}
      </span>
      <span className="text-right text-ink-soft text-xs tabular-nums">{took}</span>
    </button>
  );
}
