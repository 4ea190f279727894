/** The settings of one node: its name, its config by the type's schema, and what happens around it. Saved as they are typed. */
import { lazy, Suspense, useEffect, useMemo, useRef } from "react";
import { nodePolicySchema } from "@/api/generated/node-policy";
import type { Finding, Json, NodeId, NodePolicy, NodeSpec, NodeType } from "@/api/generated/types";
import { relabel } from "@/canvas/actions";
import { useEditor, useEditorStore } from "@/canvas/context";
import { Field, TextInput } from "@/kit/Field";
import { Help } from "@/kit/Help";
import { Waiting } from "@/kit/Notes";
import { labelOf } from "@/model/nodes";
import { offersFor } from "@/model/offers";
import { isObject } from "@/model/ports";
import { LastValue } from "./LastValue";
import { NodeIdField } from "./NodeIdField";

const SchemaForm = lazy(() => import("@/forms/SchemaForm"));

interface NodeSettingsProps {
  spec: NodeSpec;
  type: NodeType | undefined;
  focusLabel: boolean;
  onFocused: () => void;
  onRenamed: (to: NodeId) => void;
}

export function NodeSettings({ spec, type, focusLabel, onFocused, onRenamed }: NodeSettingsProps) {
  const store = useEditorStore();
  const { act } = store.getState();
  const configure = (config: Json) =>
    act({
      label: "change settings",
      edits: [{ type: "configure", id: spec.id, config }],
      mergeKey: `config ${spec.id}`,
    });
  // The default is written in the order in which the type's author declared the fields.
  const order = useMemo(() => (isObject(type?.default_config) ? Object.keys(type.default_config) : []), [type]);
  const findings = useEditor((editor) => editor.findings);
  const notes = useMemo(() => fieldNotes(findings, spec.id), [findings, spec.id]);
  const names = useMemo(() => {
    const offers = () => offersFor(store.getState().history.doc.graph, store.getState().types, spec.id);
    return { offers, Preview: LastValue };
  }, [store, spec.id]);
  return (
    <div className="flex flex-col gap-5">
      {type && <p className="text-[13px] text-ink-soft">{type.face.description}</p>}
      <Label spec={spec} focus={focusLabel} onFocused={onFocused} />
      <NodeIdField spec={spec} onChange={onRenamed} />
      <Findings id={spec.id} />
      {type ? (
        <Suspense fallback={<Waiting what="settings" rows={3} />}>
          <SchemaForm
            name={`config-${spec.id}`}
            schema={type.config_schema}
            order={order}
            notes={notes}
            names={names}
            value={spec.config}
            onChange={configure}
          />
          {type.face.role !== "result" && type.face.role !== "note" && <Policy spec={spec} />}
        </Suspense>
      ) : (
        <p className="text-[13px] text-bad">This server knows no node type “{spec.kind}”. The node is kept as it is.</p>
      )}
    </div>
  );
}

function Label({ spec, focus, onFocused }: { spec: NodeSpec; focus: boolean; onFocused: () => void }) {
  const store = useEditorStore();
  const usual = useEditor(({ types }) => labelOf({ ...spec, label: "" }, types));
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!focus) return;
    input.current?.focus();
    input.current?.select();
    onFocused();
  }, [focus, onFocused]);
  return (
    <Field label="Label">
      {(ids) => (
        <TextInput
          {...ids}
          ref={input}
          value={spec.label ?? ""}
          placeholder={usual}
          onChange={(event) => relabel(store, spec.id, event.target.value)}
        />
      )}
    </Field>
  );
}

function Findings({ id }: { id: string }) {
  const all = useEditor((editor) => editor.findings);
  const own = all.filter((finding) => finding.node_id === id && !isAboutField(finding));
  if (own.length === 0) return null;
  return (
    <ul
      aria-label="Problems of this node"
      className="flex flex-col gap-1 rounded-md border bg-sunken/60 p-2 text-[13px]"
    >
      {own.map((finding) => (
        <li
          key={`${finding.rule} ${finding.place} ${finding.message}`}
          className={finding.level === "error" ? "text-bad" : "text-warn"}
        >
          <Help text={finding.message} />
        </li>
      ))}
    </ul>
  );
}

/** Findings about a field of the config stand beside it. */
function isAboutField({ place }: Finding): boolean {
  return place?.startsWith("/") ?? false;
}

function fieldNotes(findings: readonly Finding[], id: string) {
  const own = findings.filter((finding) => finding.node_id === id && isAboutField(finding));
  return own.map(({ place, message }) => ({ place: place ?? "", message }));
}

/** As the heading names them; what hardly anybody sets stands last. */
const policyOrder = ["timeout_ms", "retry", "on_error", "replay"];

/** Folded: few nodes need more than the default. */
function Policy({ spec }: { spec: NodeSpec }) {
  const { act } = useEditorStore().getState();
  const change = (value: Json) =>
    act({
      label: "change failure handling",
      edits: [{ type: "set_policy", id: spec.id, policy: policyOf(value) }],
      mergeKey: `policy ${spec.id}`,
    });
  return (
    <details className="rounded-md border" open={spec.policy !== undefined}>
      <summary className="px-3 py-2 font-medium text-[13px]">Time limit, retry and failure</summary>
      <div className="border-t p-3">
        <SchemaForm
          name={`policy-${spec.id}`}
          schema={nodePolicySchema}
          order={policyOrder}
          value={(spec.policy as Json | undefined) ?? {}}
          onChange={change}
        />
      </div>
    </details>
  );
}

/** The form's value as the document holds it: complete, or absent when it says nothing. */
function policyOf(value: Json): NodePolicy | undefined {
  if (!isObject(value)) return undefined;
  const given = Object.entries(value).filter(([, part]) => part !== undefined && part !== null);
  const policy = { on_error: { action: "fail" }, ...Object.fromEntries(given) } as NodePolicy;
  const isDefault = given.every(([name]) => name === "on_error") && policy.on_error.action === "fail";
  return isDefault ? undefined : policy;
}
