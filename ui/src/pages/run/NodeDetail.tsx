/** What one node of a run got, gave, and why it failed. While it runs, its streamed text. */
import { useState } from "react";
import { useCommand } from "@/api/client";
import type { ItemCounts, NodeFailure } from "@/api/generated/types";
import { useEditor, useWatched } from "@/canvas/context";
import { Elapsed } from "@/canvas/NodeRunLine";
import { Field, TextInput } from "@/kit/Field";
import { Help } from "@/kit/Help";
import { FailureNote, Waiting } from "@/kit/Notes";
import { Status } from "@/kit/Status";
import { Values, ValueView } from "@/kit/ValueView";
import { count, exact } from "@/model/format";
import { regionsAround } from "@/model/regions";

export function NodeDetail({ run_id, node_id }: { run_id: string; node_id: string }) {
  const live = useWatched(({ overlay }) => overlay.nodes[node_id]);
  const [item, setItem] = useState("");
  const asked = /^\d+(\.\d+)*$/.test(item) ? { item } : {};
  const detail = useCommand("runs.node", { id: run_id, node_id, ...asked }, { keep: true });
  const state = live ?? detail.data;
  const outputs = detail.data?.outputs ?? {};
  // Over all passes nothing fails: the pass that is looked at does.
  const failed = state?.items ? detail.data : state;
  const streaming = live?.text !== undefined && Object.keys(outputs).length === 0;
  return (
    <div className="flex flex-col gap-4">
      {state && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px]">
          <Status status={state.status} />
          <span className="text-ink-soft tabular-nums">
            <Elapsed state={state} />
          </span>
          {state.attempt > 1 && <span className="text-ink-soft">attempt {state.attempt}</span>}
          {state.started_at_ms && <span className="text-ink-faint text-xs">{exact(state.started_at_ms)}</span>}
          {state.wake_at_ms && (state.status === "waiting" || state.status === "retrying") && (
            <span className="text-ink-faint text-xs">continues {exact(state.wake_at_ms)}</span>
          )}
        </div>
      )}
      {state?.items && <Passes items={state.items} node_id={node_id} value={item} onChange={setItem} />}
      {failed?.failure && failed.status !== "succeeded" && <FailureText failure={failed.failure} />}
      {live?.progress && state?.status === "running" && <p className="text-[13px] text-ink-soft">{live.progress}</p>}
      {streaming && (
        <Part title="Streamed so far">
          {(live.from ?? 0) > 0 && (
            <p className="mb-1 text-ink-faint text-xs">The beginning was streamed before this page listened.</p>
          )}
          <ValueView name="text" value={live.text ?? ""} />
        </Part>
      )}
      {detail.isPending && <Waiting what="the node's values" rows={2} />}
      {detail.error && (
        <FailureNote
          title="The node's values could not be loaded"
          failure={detail.error}
          onRetry={() => void detail.refetch()}
        />
      )}
      {detail.data && (
        <>
          {!streaming && (
            <Part title="Output">
              <Values
                values={outputs}
                empty={state?.status === "succeeded" ? "Nothing came out." : "Nothing has come out."}
              />
            </Part>
          )}
          <Part title="Input">
            <Values values={detail.data.inputs} empty="Nothing went in." />
          </Part>
        </>
      )}
    </div>
  );
}

/** For a node inside a region: how its passes stand, and which one is looked at. */
function Passes({ items, node_id, value, onChange }: PassesProps) {
  const depth = useEditor(({ history, types }) => regionsAround(history.doc.graph, types).get(node_id)?.length ?? 1);
  const parts = [
    `${items.succeeded} succeeded`,
    items.failed > 0 && `${items.failed} failed`,
    items.skipped > 0 && `${items.skipped} skipped`,
  ];
  const help =
    depth > 1
      ? "Counted from 0, the outer one first, such as `0.2`. Empty: the latest."
      : "Counted from 0. Empty: the latest.";
  return (
    <div className="flex flex-col gap-2">
      <p className="text-[13px] text-ink-soft">
        {count(items.begun, "pass", "passes")}: {parts.filter(Boolean).join(", ")}
      </p>
      <Field label="Item or turn" help={<Help text={help} />}>
        {(ids) => (
          <TextInput
            {...ids}
            className="max-w-32"
            value={value}
            onChange={(event) => onChange(event.target.value.trim())}
          />
        )}
      </Field>
    </div>
  );
}

interface PassesProps {
  items: ItemCounts;
  node_id: string;
  value: string;
  onChange: (item: string) => void;
}

export function FailureText({ failure }: { failure: NodeFailure }) {
  return (
    <div role="alert" className="rounded-lg border border-bad/40 bg-bad-soft p-3 text-[13px]">
      <p className="break-words">
        <Help text={failure.message} />
      </p>
      <p className="mt-1 text-ink-faint text-xs">
        <span className="font-mono">{failure.code}</span>
        {failure.transient && " · may pass by itself"}
      </p>
      {failure.details !== undefined && failure.details !== null && (
        <details className="mt-2">
          <summary className="text-ink-soft text-xs">Details</summary>
          <pre className="mt-1 max-h-60 overflow-auto whitespace-pre-wrap break-words font-mono text-xs">
            {JSON.stringify(failure.details, null, 2)}
          </pre>
        </details>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-medium text-[12px] text-ink-faint uppercase tracking-wide">{title}</h3>
      {children}
    </section>
  );
}
