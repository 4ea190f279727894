/** The id of a node, by which texts of later nodes name it. It changes when the field is left or Enter is pressed, and only then. */
import { type KeyboardEvent, useState } from "react";
import type { NodeId, NodeSpec } from "@/api/generated/types";
import { useEditor } from "@/canvas/context";
import { Button } from "@/kit/Button";
import { Field, TextInput } from "@/kit/Field";
import { Help } from "@/kit/Help";
import { idFrom, idProblem } from "@/model/nodes";
import { portsOf } from "@/model/ports";
import { pathOf } from "@/model/references";

export function NodeIdField({ spec, onChange }: { spec: NodeSpec; onChange: (to: NodeId) => void }) {
  const { id } = spec;
  const nodes = useEditor(({ history }) => history.doc.graph.nodes);
  const port = useEditor(({ types }) => portsOf(spec, types).outputs[0]?.name);
  const [text, setText] = useState<string>();
  const taken = new Set(nodes.filter((node) => node.id !== id).map((node) => node.id));
  const shown = text ?? id;
  const problem = idProblem(shown, taken);
  const commit = (to: string) => {
    if (idProblem(to, taken)) return;
    setText(undefined);
    if (to !== id) onChange(to);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit(shown);
    if (event.key !== "Escape" || text === undefined) return;
    // The first Escape gives the field its id back, the next one closes the panel.
    event.preventDefault();
    setText(undefined);
  };
  const fromLabel = idFrom(spec.label ?? "");
  const offered = fromLabel !== id && idProblem(fromLabel, taken) === undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <Field
        label="Id"
        errors={problem ? [problem] : []}
        help={port !== undefined && <Help text={`In texts of later nodes: \`{{ ${pathOf("nodes", id, port)} }}\``} />}
      >
        {(ids) => (
          <TextInput
            {...ids}
            className="font-mono text-xs"
            value={shown}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={pressed}
            onBlur={() => commit(shown)}
          />
        )}
      </Field>
      {offered && (
        <Button small className="max-w-full self-start" onClick={() => commit(fromLabel)}>
          <span className="truncate">
            Take the id from the label: <span className="font-mono text-xs">{fromLabel}</span>
          </span>
        </Button>
      )}
    </div>
  );
}
