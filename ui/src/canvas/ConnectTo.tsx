/** Drawing and removing connections without a pointer: choose the output, then one of the places that fit. */
import { Command } from "cmdk";
import { ArrowRight } from "lucide-react";
import { useMemo, useState } from "react";
import type { NodeId } from "@/api/generated/types";
import { Dialog } from "@/kit/Dialog";
import { Field, inputLook, Select } from "@/kit/Field";
import { announce } from "@/kit/live";
import { edgeKey, nodeById } from "@/model/document";
import { labelOf } from "@/model/nodes";
import { portsOf, targetsOf } from "@/model/ports";
import { connect, disconnect, nameOf } from "./actions";
import { useEditor, useEditorStore } from "./context";

const item = "flex items-center gap-2 rounded-md px-2 py-2 text-[13px] data-[selected=true]:bg-hover";

export function ConnectTo({ node, onClose }: { node: NodeId; onClose: () => void }) {
  const store = useEditorStore();
  const graph = useEditor((editor) => editor.history.doc.graph);
  const types = useEditor((editor) => editor.types);
  const spec = nodeById(graph, node);
  const outputs = useMemo(() => (spec ? portsOf(spec, types).outputs : []), [spec, types]);
  const [port, setPort] = useState(outputs[0]?.name ?? "");
  const targets = useMemo(() => targetsOf(graph, types, node, port), [graph, types, node, port]);
  const name = spec ? labelOf(spec, types) : node;
  return (
    <Dialog open onClose={onClose} title={`Connect ${name} to…`}>
      {outputs.length === 0 ? (
        <p className="text-[13px] text-ink-soft">This node has no output.</p>
      ) : (
        <div className="flex flex-col gap-3">
          {outputs.length > 1 && (
            <Field label="From output">
              {(ids) => (
                <Select
                  {...ids}
                  value={port}
                  onChange={(event) => setPort(event.target.value)}
                  options={outputs.map((one) => ({ value: one.name, label: one.label }))}
                />
              )}
            </Field>
          )}
          <Command label="Where to" className="flex flex-col gap-2">
            <Command.Input
              autoFocus
              aria-label="Search targets"
              placeholder="Search nodes and inputs"
              className={`${inputLook} h-9`}
            />
            <Command.List className="-mx-2 max-h-[46vh] overflow-y-auto">
              <Command.Empty className="px-3 py-6 text-center text-[13px] text-ink-faint">
                Nothing fits this output.
              </Command.Empty>
              {targets.map((target) => (
                <Command.Item
                  key={edgeKey(target.edge)}
                  value={`${labelOf(target.node, types)} ${target.node.id} ${target.port.label}`}
                  onSelect={() => {
                    connect(store, target.edge);
                    announce(`Connected to ${labelOf(target.node, types)}, ${target.port.label}`);
                    onClose();
                  }}
                  className={item}
                >
                  <ArrowRight size={14} aria-hidden className="text-ink-faint" />
                  <span className="font-medium">{labelOf(target.node, types)}</span>
                  <span className="text-ink-faint">{target.port.label}</span>
                </Command.Item>
              ))}
            </Command.List>
          </Command>
        </div>
      )}
    </Dialog>
  );
}

export function Disconnect({ node, onClose }: { node: NodeId; onClose: () => void }) {
  const store = useEditorStore();
  const edges = useEditor((editor) => editor.history.doc.graph.edges);
  const own = edges.filter((edge) => edge.source === node || edge.target === node);
  return (
    <Dialog open onClose={onClose} title={`Disconnect ${nameOf(store, node)}…`}>
      {own.length === 0 ? (
        <p className="text-[13px] text-ink-soft">This node has no connections.</p>
      ) : (
        <Command label="Connections">
          <Command.Input
            autoFocus
            aria-label="Search connections"
            placeholder="Search connections"
            className={`${inputLook} mb-2 h-9`}
          />
          <Command.List className="-mx-2">
            {own.map((edge) => (
              <Command.Item
                key={edgeKey(edge)}
                onSelect={() => {
                  disconnect(store, [edge]);
                  announce("Connection removed");
                  onClose();
                }}
                className={item}
              >
                {nameOf(store, edge.source)} <span className="text-ink-faint">{edge.source_port}</span>
                <ArrowRight size={14} aria-hidden className="text-ink-faint" />
                {nameOf(store, edge.target)} <span className="text-ink-faint">{edge.target_port}</span>
              </Command.Item>
            ))}
          </Command.List>
        </Command>
      )}
    </Dialog>
  );
}
