/** One run: how it ended, what came out, and what each node did, as a timeline or on the canvas it ran on. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { useCommand } from "@/api/client";
import type { Run, Workflow } from "@/api/generated/types";
import { CanvasProvider, useWatch } from "@/canvas/context";
import { createEditor } from "@/canvas/editor";
import type { WatchStore } from "@/canvas/watch";
import { useNow, useTitle } from "@/kit/hooks";
import { FailureNote, Waiting } from "@/kit/Notes";
import { Status } from "@/kit/Status";
import { Values } from "@/kit/ValueView";
import { docOf } from "@/model/document";
import { count, duration, exact } from "@/model/format";
import { isTyping } from "@/model/keys";
import { labelOf } from "@/model/nodes";
import { isFinal, summary } from "@/model/overlay";
import { type Types, typesOf } from "@/model/ports";
import { timeline } from "@/model/timeline";
import { FailureText, NodeDetail } from "./NodeDetail";
import { Quarantine } from "./Quarantine";
import { RunActions } from "./RunActions";
import { RunGraph } from "./RunGraph";
import { Timeline } from "./Timeline";

const route = getRouteApi("/runs/$id");

export function RunPage() {
  const { id } = route.useParams();
  const run = useCommand("runs.get", { id });
  const catalogue = useCommand("nodes.list", {});
  const pinned = run.data && { id: run.data.workflow_id, revision: run.data.workflow_revision };
  const workflow = useCommand("workflows.get", pinned ?? { id: "" }, { enabled: pinned !== undefined });
  const types = useMemo(() => typesOf(catalogue.data?.types ?? []), [catalogue.data]);
  const watch = useWatch(id);
  const failed = run.error ?? workflow.error ?? catalogue.error;
  if (run.data && workflow.data && catalogue.data && watch)
    return <Loaded key={id} run={run.data} workflow={workflow.data} types={types} watch={watch} />;
  if (failed)
    return <FailureNote title="The run could not be loaded" failure={failed} onRetry={() => void run.refetch()} />;
  return <Waiting what="run" rows={6} />;
}

interface LoadedProps {
  run: Run;
  workflow: Workflow;
  types: Types;
  watch: WatchStore;
}

function Loaded({ run, workflow, types, watch }: LoadedProps) {
  useTitle(`Run of ${workflow.name}`);
  const { node, view = "timeline" } = route.useSearch();
  const navigate = route.useNavigate();
  const overlay = useStore(watch, (state) => state.overlay);
  const final = isFinal(overlay.status);
  const now_ms = useNow(!final, 250);
  const rows = timeline(overlay, workflow.graph, now_ms);
  const names = useMemo(
    () => new Map(workflow.graph.nodes.map((one) => [one.id, labelOf(one, types)])),
    [workflow, types],
  );
  const editor = useMemo(() => createEditor(docOf(workflow), types, true), [workflow, types]);
  const choose = (next: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, node: next }), replace: true });
  const ids = rows.map((row) => row.id);
  useStepKeys(
    ids,
    rows.filter((row) => row.state.status === "failed").map((row) => row.id),
    node,
    choose,
  );
  const begun = overlay.created_at_ms ?? run.created_at_ms;
  return (
    <CanvasProvider editor={editor} watch={watch}>
      <main className="flex min-h-0 flex-1 flex-col">
        <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-panel px-5 py-3">
          <div className="min-w-0">
            <h1 className="truncate font-semibold text-[16px]">
              Run of{" "}
              <Link to="/workflows/$id" params={{ id: run.workflow_id }} className="hover:underline">
                {workflow.name}
              </Link>
            </h1>
            <p className="text-ink-faint text-xs">
              {exact(begun)} · revision {run.workflow_revision} · <span className="font-mono">{run.id}</span>
            </p>
          </div>
          <Status status={overlay.status} />
          <span className="text-[13px] text-ink-soft tabular-nums">
            {duration(Math.max(0, (overlay.ended_at_ms ?? now_ms) - begun))}
          </span>
          <span className="text-[13px] text-ink-soft">{summary(overlay, rows.length)}</span>
          <Tokens input={overlay.usage?.input_tokens ?? 0} output={overlay.usage?.output_tokens ?? 0} />
          <RunActions run={run} final={final} />
        </header>
        <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
          <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-5 overflow-y-auto p-5">
            {overlay.failure && (
              <section aria-label="Why it failed">
                <h2 className="mb-1.5 font-semibold text-[14px]">
                  {overlay.failure.node_id
                    ? `${names.get(overlay.failure.node_id) ?? overlay.failure.node_id} failed`
                    : "The run failed"}
                </h2>
                <FailureText failure={overlay.failure} />
              </section>
            )}
            {overlay.status === "needs_attention" && <Quarantine run_id={run.id} names={names} />}
            <section aria-label="Steps" className="flex flex-col gap-2">
              <div className="flex items-center justify-between">
                <h2 className="font-semibold text-[14px]">Steps</h2>
                <ViewSwitch
                  view={view}
                  onChange={(next) => void navigate({ search: (before) => ({ ...before, view: next }), replace: true })}
                />
              </div>
              {view === "canvas" ? (
                <RunGraph onOpen={choose} />
              ) : (
                <Timeline rows={rows} names={names} chosen={node} onChoose={choose} />
              )}
            </section>
            <section aria-label="Outputs">
              <h2 className="mb-2 font-semibold text-[14px]">Outputs</h2>
              <Values
                values={run.outputs}
                empty={final ? "This run has no outputs." : "Outputs show here when the run has ended."}
              />
            </section>
            {Object.keys(run.inputs).length > 0 && (
              <section aria-label="Inputs">
                <h2 className="mb-2 font-semibold text-[14px]">Inputs</h2>
                <Values values={run.inputs} empty="" />
              </section>
            )}
          </div>
          {node !== undefined && names.has(node) && (
            <aside
              aria-label={`Step ${names.get(node)}`}
              className="w-full shrink-0 overflow-y-auto border-l bg-panel p-4 lg:w-[26rem]"
            >
              <h2 className="font-semibold text-[14px]">{names.get(node)}</h2>
              <p className="mb-3 font-mono text-ink-faint text-xs">{node}</p>
              <NodeDetail key={node} run_id={run.id} node_id={node} />
            </aside>
          )}
        </div>
      </main>
    </CanvasProvider>
  );
}

function Tokens({ input, output }: { input: number; output: number }) {
  if (input + output === 0) return null;
  return (
    <span className="text-[13px] text-ink-soft tabular-nums">
      {count(input, "token")} in, {count(output, "token")} out
    </span>
  );
}

function ViewSwitch({
  view,
  onChange,
}: {
  view: "timeline" | "canvas";
  onChange: (view: "timeline" | "canvas") => void;
}) {
  return (
    <fieldset className="flex rounded-md border p-0.5">
      <legend className="sr-only">View</legend>
      {(["timeline", "canvas"] as const).map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={view === one}
          onClick={() => onChange(one)}
          className="h-6 rounded px-2.5 text-ink-soft text-xs aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink"
        >
          {one === "timeline" ? "Timeline" : "Canvas"}
        </button>
      ))}
    </fieldset>
  );
}

/** `J` and `K` walk through the steps, `E` goes to the next failed one. */
function useStepKeys(
  ids: readonly string[],
  failed: readonly string[],
  chosen: string | undefined,
  choose: (id: string) => void,
): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = chosen === undefined ? -1 : ids.indexOf(chosen);
      const next = {
        j: ids[Math.min(at + 1, ids.length - 1)],
        k: ids[Math.max(at - 1, 0)],
        e: failed[(failed.indexOf(chosen ?? "") + 1) % Math.max(1, failed.length)],
      }[event.key];
      if (next !== undefined) choose(next);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [ids, failed, chosen, choose]);
}
