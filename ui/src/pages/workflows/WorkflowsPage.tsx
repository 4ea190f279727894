/** All workflows: open, create, import, and what a row's menu does to one. */
import { Link, useNavigate } from "@tanstack/react-router";
import { FileUp, Plus, Search, Workflow } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { useChange, useCommand } from "@/api/client";
import { asFailure } from "@/api/failure";
import type { RunSummary, WorkflowFile, WorkflowSummary } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { TextInput } from "@/kit/Field";
import { useNow, useTitle } from "@/kit/hooks";
import { Empty, FailureNote, Waiting } from "@/kit/Notes";
import { Status } from "@/kit/Status";
import { count, exact, relative } from "@/model/format";
import { RowMenu } from "./RowMenu";

/** So many latest runs are looked through for each workflow's last one. */
const lookedThrough = 100;

export function WorkflowsPage() {
  useTitle("Workflows");
  const list = useCommand("workflows.list", {});
  const runs = useCommand("runs.list", { limit: lookedThrough });
  const [search, setSearch] = useState("");
  const lastRuns = useMemo(() => newest(runs.data?.runs ?? []), [runs.data]);
  const all = list.data?.workflows ?? [];
  const found = all.filter((one) => `${one.name} ${one.description}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <main className="mx-auto flex w-full max-w-5xl flex-1 flex-col gap-4 px-6 py-6">
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto font-semibold text-xl">Workflows</h1>
        {all.length > 5 && (
          <div className="relative w-56">
            <Search size={14} aria-hidden className="pointer-events-none absolute top-2 left-2.5 text-ink-faint" />
            <TextInput
              type="search"
              aria-label="Search workflows"
              placeholder="Search"
              className="pl-8"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
          </div>
        )}
        <Import />
        <Create />
      </div>
      <div className="overflow-hidden rounded-xl border bg-panel">
        {list.isPending && <Waiting what="workflows" />}
        {list.error && (
          <FailureNote
            title="The workflows could not be loaded"
            failure={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
        {list.data && all.length === 0 && (
          <Empty
            icon={<Workflow size={20} aria-hidden />}
            title="No workflows yet"
            text="A workflow connects steps such as reading files, calling a model and writing results. Draw one, or bring one as a file."
          >
            <Import />
            <Create />
          </Empty>
        )}
        {all.length > 0 && found.length === 0 && (
          <p className="p-6 text-center text-[13px] text-ink-faint">No workflow matches “{search}”.</p>
        )}
        {found.length > 0 && <Rows workflows={found} lastRuns={lastRuns} />}
      </div>
    </main>
  );
}

function newest(runs: readonly RunSummary[]): Map<string, RunSummary> {
  const last = new Map<string, RunSummary>();
  for (const run of runs) if (!last.has(run.workflow_id)) last.set(run.workflow_id, run);
  return last;
}

function Rows({
  workflows,
  lastRuns,
}: {
  workflows: readonly WorkflowSummary[];
  lastRuns: ReadonlyMap<string, RunSummary>;
}) {
  const now_ms = useNow(true, 30_000);
  return (
    <table className="w-full text-left text-[13px]">
      <thead className="border-b text-ink-faint text-xs">
        <tr>
          <th className="px-4 py-2 font-medium">Name</th>
          <th className="hidden px-4 py-2 font-medium sm:table-cell">Last run</th>
          <th className="hidden px-4 py-2 font-medium sm:table-cell">Changed</th>
          <th className="w-12 px-2 py-2">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {workflows.map((workflow) => {
          const last = lastRuns.get(workflow.id);
          return (
            // The transform makes the row hold its link's overlay in WebKit too, where `relative` does not.
            <tr
              key={workflow.id}
              className="group relative [transform:translate(0)] border-b last:border-b-0 hover:bg-hover/60"
            >
              <td className="max-w-0 px-4 py-2.5 sm:w-1/2">
                <Link
                  to="/workflows/$id"
                  params={{ id: workflow.id }}
                  className="block truncate font-medium text-ink after:absolute after:inset-0"
                >
                  {workflow.name}
                </Link>
                <span className="block truncate text-ink-faint text-xs">
                  {count(workflow.node_count, "node")}
                  {workflow.description && ` · ${workflow.description}`}
                </span>
              </td>
              <td className="hidden px-4 py-2.5 sm:table-cell">
                {last ? (
                  <Link to="/runs/$id" params={{ id: last.id }} className="relative z-1 inline-flex items-center gap-2">
                    <span className="sr-only">Last run of {workflow.name}:</span>
                    <Status status={last.status} />
                    <span className="text-ink-faint text-xs">{relative(last.created_at_ms, now_ms)}</span>
                  </Link>
                ) : (
                  <span className="text-ink-faint text-xs">Never</span>
                )}
              </td>
              <td
                className="hidden whitespace-nowrap px-4 py-2.5 text-ink-soft sm:table-cell"
                title={exact(workflow.updated_at_ms)}
              >
                {relative(workflow.updated_at_ms, now_ms)}
              </td>
              <td className="relative z-1 px-2 py-1">
                <RowMenu workflow={workflow} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Create() {
  const navigate = useNavigate();
  const create = useChange("workflows.create");
  const click = () =>
    create.mutate(
      { name: "Untitled workflow", description: "", graph: { nodes: [], edges: [], layout: {} } },
      {
        onSuccess: ({ id }) => void navigate({ to: "/workflows/$id", params: { id } }),
        onError: (failure) => toast.error(`The workflow could not be created: ${failure.message}`),
      },
    );
  return (
    <Button look="primary" onClick={click} disabled={create.isPending}>
      <Plus size={15} aria-hidden /> New workflow
    </Button>
  );
}

function Import() {
  const navigate = useNavigate();
  const picker = useRef<HTMLInputElement>(null);
  const change = useChange("workflows.import");
  const read = async (file: File) => {
    try {
      const content = JSON.parse(await file.text()) as WorkflowFile;
      const { id } = await change.mutateAsync({ file: content });
      await navigate({ to: "/workflows/$id", params: { id } });
    } catch (thrown) {
      const why = thrown instanceof SyntaxError ? "it is not JSON" : asFailure(thrown).message;
      toast.error(`“${file.name}” could not be imported: ${why}`);
    }
  };
  return (
    <>
      <Button onClick={() => picker.current?.click()} disabled={change.isPending}>
        <FileUp size={15} aria-hidden /> Import
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        aria-label="Workflow file to import"
        className="hidden"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          // The same file can be chosen again.
          event.target.value = "";
          if (file) void read(file);
        }}
      />
    </>
  );
}
