/** All runs, newest first, by status and workflow, in pages. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useMemo } from "react";
import { useCommand } from "@/api/client";
import type { RunStatus, RunSummary } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { Select } from "@/kit/Field";
import { Help } from "@/kit/Help";
import { useNow, useTitle } from "@/kit/hooks";
import { Empty, FailureNote, Waiting } from "@/kit/Notes";
import { Status, statusWord } from "@/kit/Status";
import { duration, exact, relative } from "@/model/format";
import { isFinal } from "@/model/overlay";

const route = getRouteApi("/runs");
const perPage = 50;
export const runStatuses: readonly RunStatus[] = [
  "queued",
  "running",
  "waiting",
  "needs_attention",
  "succeeded",
  "failed",
  "cancelled",
];

export function RunsPage() {
  useTitle("Runs");
  const { status, workflow, before } = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useCommand(
    "runs.list",
    {
      limit: perPage,
      ...(status ? { status } : {}),
      ...(workflow ? { workflow_id: workflow } : {}),
      ...(before ? { before } : {}),
    },
    { keep: true },
  );
  const workflows = useCommand("workflows.list", {});
  const names = useMemo(() => new Map(workflows.data?.workflows.map(({ id, name }) => [id, name])), [workflows.data]);
  const filtered = status !== undefined || workflow !== undefined;
  const next = runs.data?.next;
  return (
    <main className="mx-auto flex w-full max-w-5xl flex-1 flex-col gap-4 px-6 py-6">
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto font-semibold text-xl">Runs</h1>
        <Select
          aria-label="Workflow"
          className="max-w-56"
          value={workflow ?? ""}
          onChange={(event) => void navigate({ search: { status, workflow: event.target.value || undefined } })}
          options={[{ value: "", label: "All workflows" }, ...[...names].map(([value, label]) => ({ value, label }))]}
        />
        <Select
          aria-label="Status"
          className="max-w-44"
          value={status ?? ""}
          onChange={(event) =>
            void navigate({ search: { workflow, status: runStatuses.find((one) => one === event.target.value) } })
          }
          options={[
            { value: "", label: "Any status" },
            ...runStatuses.map((value) => ({ value, label: statusWord(value) })),
          ]}
        />
      </div>
      <div className="overflow-hidden rounded-xl border bg-panel">
        {runs.isPending && <Waiting what="runs" />}
        {runs.error && (
          <FailureNote title="The runs could not be loaded" failure={runs.error} onRetry={() => void runs.refetch()} />
        )}
        {runs.data?.runs.length === 0 && (
          <Empty
            icon={<History size={20} aria-hidden />}
            title={filtered ? "No runs match" : "No runs yet"}
            text={
              filtered
                ? "Choose another workflow or status to see more."
                : "Open a workflow and run it. Every run stays here with what went in and what came out."
            }
          >
            {filtered && <Button onClick={() => void navigate({ search: {} })}>Show all runs</Button>}
          </Empty>
        )}
        {runs.data && runs.data.runs.length > 0 && <Rows runs={runs.data.runs} names={names} />}
      </div>
      {(before || next) && (
        <div className="flex justify-end gap-2">
          {before && <Button onClick={() => void navigate({ search: { status, workflow } })}>Newest</Button>}
          {next && (
            <Button onClick={() => void navigate({ search: { status, workflow, before: next } })}>Older runs</Button>
          )}
        </div>
      )}
    </main>
  );
}

function Rows({ runs, names }: { runs: readonly RunSummary[]; names: ReadonlyMap<string, string> }) {
  const now_ms = useNow(
    runs.some((run) => !isFinal(run.status)),
    1_000,
  );
  return (
    <table className="w-full text-left text-[13px]">
      <thead className="border-b text-ink-faint text-xs">
        <tr>
          <th className="px-4 py-2 font-medium">Workflow</th>
          <th className="px-4 py-2 font-medium">Status</th>
          <th className="hidden px-4 py-2 font-medium sm:table-cell">Started</th>
          <th className="hidden px-4 py-2 text-right font-medium sm:table-cell">Duration</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          // The transform makes the row hold its link's overlay in WebKit too, where `relative` does not.
          <tr key={run.id} className="relative [transform:translate(0)] border-b last:border-b-0 hover:bg-hover/60">
            <td className="max-w-0 px-4 py-2.5 sm:w-1/2">
              <Link
                to="/runs/$id"
                params={{ id: run.id }}
                className="block truncate font-medium after:absolute after:inset-0"
              >
                {names.get(run.workflow_id) ?? run.workflow_id}
              </Link>
              {run.failure && (
                <span className="block truncate text-bad text-xs">
                  <Help text={run.failure.message} />
                </span>
              )}
            </td>
            <td className="px-4 py-2.5">
              <Status status={run.status} />
            </td>
            <td
              className="hidden whitespace-nowrap px-4 py-2.5 text-ink-soft sm:table-cell"
              title={exact(run.created_at_ms)}
            >
              {relative(run.created_at_ms, now_ms)}
            </td>
            <td className="hidden px-4 py-2.5 text-right text-ink-soft tabular-nums sm:table-cell">
              {duration(Math.max(0, (run.ended_at_ms ?? now_ms) - run.created_at_ms))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
