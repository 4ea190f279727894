/** The foot of every page: is the server there, are its parts up, which version is it. */

import { useCommand } from "@/api/client";
import { useConnection } from "@/api/connection";
import type { PartState } from "@/api/generated/types";
import { count } from "@/model/format";

const marks: Record<PartState, { word: string; dot: string }> = {
  starting: { word: "starting", dot: "bg-warn" },
  up: { word: "up", dot: "bg-good" },
  down: { word: "down", dot: "bg-bad" },
  off: { word: "off", dot: "bg-line-strong" },
};

export function HealthStrip() {
  const state = useConnection((connection) => connection.state);
  const health = useCommand("system.health", {}, { everyMs: 10_000 });
  const version = useCommand("system.version", {});
  const { parts = [], runs_in_flight = 0, runs_waiting = 0, runs_queued = 0 } = health.data ?? {};
  return (
    <footer className="flex h-7 shrink-0 items-center gap-4 overflow-hidden whitespace-nowrap border-t bg-panel px-3 text-ink-faint text-xs">
      <span role="status" aria-label="Connection" className="inline-flex items-center gap-1.5">
        <Dot look={state === "open" ? "bg-good" : state === "connecting" ? "bg-warn" : "bg-bad"} />
        {state === "open" ? "Connected" : state === "connecting" ? "Connecting…" : "Reconnecting…"}
      </span>
      {parts.map(({ part, state: partState, message }) => (
        <span key={part} className="hidden items-center gap-1.5 md:inline-flex" title={message ?? undefined}>
          <Dot look={marks[partState].dot} />
          {part} {marks[partState].word}
        </span>
      ))}
      <span className="flex-1" />
      {runs_in_flight + runs_waiting + runs_queued > 0 && (
        <span>
          {[
            runs_in_flight && `${count(runs_in_flight, "run")} active`,
            runs_waiting && `${runs_waiting} waiting`,
            runs_queued && `${runs_queued} queued`,
          ]
            .filter(Boolean)
            .join(", ")}
        </span>
      )}
      {version.data && <span title={version.data.database}>version {version.data.version}</span>}
    </footer>
  );
}

function Dot({ look }: { look: string }) {
  return <span aria-hidden className={`size-2 rounded-full ${look}`} />;
}
