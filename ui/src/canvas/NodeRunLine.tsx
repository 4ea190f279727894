/** What a node does in the watched run: state in words, time, attempt, and the end of the text it streams. */
import { memo } from "react";
import { useNow } from "@/kit/hooks";
import { Status } from "@/kit/Status";
import { duration, tail } from "@/model/format";
import { type NodeState, passesDone } from "@/model/overlay";
import { useWatched } from "./context";

const shownCharacters = 110;

export const NodeRunLine = memo(function NodeRunLine({ id }: { id: string }) {
  const state = useWatched((watch) => watch.overlay.nodes[id]);
  if (!state || state.status === "pending") return null;
  const said =
    state.status === "failed" || state.status === "retrying" ? state.failure?.message : (state.text ?? state.progress);
  return (
    <div className="card-near border-t px-2.5 py-1.5">
      <div className="flex items-center justify-between gap-2">
        <Status status={state.status} small />
        <span className="text-[11px] text-ink-faint tabular-nums">
          {state.items && `${passesDone(state.items)} of ${state.items.begun} passes`}
          {!state.items && state.attempt > 1 && `attempt ${state.attempt} · `}
          {!state.items && <Elapsed state={state} />}
        </span>
      </div>
      {said && (
        <p
          aria-live="off"
          className={`mt-1 line-clamp-3 break-words text-[11.5px] leading-4 ${state.status === "failed" ? "text-bad" : "text-ink-soft"}`}
        >
          {tail(said, shownCharacters)}
        </p>
      )}
    </div>
  );
});

export function Elapsed({ state }: { state: Pick<NodeState, "started_at_ms" | "ended_at_ms" | "status"> }) {
  const running = state.status === "running";
  const now_ms = useNow(running, 200);
  if (!state.started_at_ms) return null;
  const end_ms = state.ended_at_ms ?? (running ? now_ms : undefined);
  return end_ms === undefined ? null : duration(Math.max(0, end_ms - state.started_at_ms));
}
