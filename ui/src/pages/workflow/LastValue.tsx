/** The value that a name had in the watched run, else in the last run of the workflow that ended. */
import { getRouteApi } from "@tanstack/react-router";
import { useCommand } from "@/api/client";
import type { Json } from "@/api/generated/types";
import { useWatched } from "@/canvas/context";
import type { Kept } from "@/model/offers";
import { isFinal } from "@/model/overlay";

const route = getRouteApi("/workflows/$id");

/** What fits a few lines; whoever wants more opens the run. */
const shownCharacters = 240;

export function LastValue({ kept }: { kept: Kept }) {
  const run_id = useLastRun();
  if (run_id === null) return <p className="text-ink-faint">Run the workflow once to see values here.</p>;
  if (run_id === undefined) return <p className="text-ink-faint">Looking for the last run…</p>;
  return "input" in kept ? (
    <InputValue run_id={run_id} name={kept.input} />
  ) : (
    <NodeValue key={kept.node} run_id={run_id} kept={kept} />
  );
}

/** Null when there is none. */
function useLastRun(): string | undefined | null {
  const { id } = route.useParams();
  const watched = useWatched(({ overlay }) => overlay.run_id);
  const runs = useCommand("runs.list", { workflow_id: id, limit: 10 }, { enabled: watched === undefined });
  if (watched !== undefined || !runs.data) return watched;
  return (runs.data.runs.find((run) => isFinal(run.status)) ?? runs.data.runs[0])?.id ?? null;
}

function InputValue({ run_id, name }: { run_id: string; name: string }) {
  const run = useCommand("runs.get", { id: run_id });
  return <Shown value={run.data?.inputs[name]} isPending={run.isPending} />;
}

function NodeValue({ run_id, kept }: { run_id: string; kept: Exclude<Kept, { input: string }> }) {
  const nodes = useCommand("runs.nodes", { id: run_id });
  // The run may be older than the node.
  const known = nodes.data?.nodes.some(({ node_id }) => node_id === kept.node) ?? false;
  const node = useCommand("runs.node", { id: run_id, node_id: kept.node }, { enabled: known });
  return <Shown value={node.data?.[kept.side][kept.port]} isPending={known ? node.isPending : nodes.isPending} />;
}

function Shown({ value, isPending }: { value: Json | undefined; isPending: boolean }) {
  if (isPending) return <p className="text-ink-faint">Loading the value…</p>;
  if (value === undefined) return <p className="text-ink-faint">The last run has no value here.</p>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <>
      <p className="text-ink-faint">In the last run</p>
      <p className="mt-0.5 line-clamp-4 break-words font-mono text-[11px] text-ink-soft">
        {text === "" ? "Empty text" : text.slice(0, shownCharacters)}
        {text.length > shownCharacters && "…"}
      </p>
    </>
  );
}
