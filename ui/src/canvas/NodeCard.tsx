/** The card of a node, the same for every type: its face says name, icon and ports; the watched run says its state. */
import { type NodeProps, useUpdateNodeInternals } from "@xyflow/react";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { memo, useEffect, useMemo, useRef } from "react";
import type { Face, Group, NodeSpec, NodeStatus } from "@/api/generated/types";
import { Icon } from "@/kit/Icon";
import { labelOf } from "@/model/nodes";
import { isObject, portsOf } from "@/model/ports";
import { useEditor, useWatched } from "./context";
import type { CardNode } from "./flow";
import { NodeRunLine } from "./NodeRunLine";
import { PortRow } from "./PortRow";

const tints: Record<Group, string> = {
  flow: "text-busy bg-busy-soft",
  ai: "text-accent bg-accent-soft",
  data: "text-good bg-good-soft",
  files: "text-warn bg-warn-soft",
  network: "text-busy bg-busy-soft",
  utility: "text-ink-soft bg-hover",
};

const borders: Partial<Record<string, string>> = {
  running: "border-busy",
  waiting: "border-busy",
  retrying: "border-warn",
  uncertain: "border-warn",
  succeeded: "border-good/70",
  failed: "border-bad",
};

const fills: Partial<Record<string, string>> = {
  running: "bg-busy-soft",
  waiting: "bg-busy-soft",
  retrying: "bg-warn-soft",
  uncertain: "bg-warn-soft",
  succeeded: "bg-good-soft",
  failed: "bg-bad-soft",
};

export function groupTint(group: Group | undefined): string {
  return group ? tints[group] : "text-bad bg-bad-soft";
}

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const { spec } = data;
  const type = useEditor((editor) => editor.types.get(spec.kind));
  const status = useWatched((watch) => watch.overlay.nodes[id]?.status);
  if (type?.face.role === "note") return <Note spec={spec} face={type.face} selected={selected} />;
  const border = (status && borders[status]) ?? "border-line-strong/50";
  return (
    <div
      className={`relative w-60 rounded-lg border bg-panel text-left text-ink ${border} ${selected ? "outline-2 outline-accent outline-offset-1" : ""} ${status === "skipped" ? "opacity-70" : ""}`}
    >
      <FromAfar spec={spec} face={type?.face} status={status} />
      <Head spec={spec} face={type?.face} />
      <CardPorts id={id} spec={spec} />
      <NodeRunLine id={id} />
    </div>
  );
});

/** Icon and name in large, drawn only when the canvas is zoomed far out. What the card says otherwise still says it to screen readers. */
function FromAfar({ spec, face, status }: { spec: NodeSpec; face: Face | undefined; status: NodeStatus | undefined }) {
  const label = useEditor((editor) => labelOf(spec, editor.types));
  return (
    <div aria-hidden className={`card-afar rounded-[7px] ${(status && fills[status]) ?? ""}`}>
      <span className={`flex size-11 shrink-0 items-center justify-center rounded-md ${groupTint(face?.group)}`}>
        <Icon name={face?.icon ?? "circle-help"} size={26} />
      </span>
      <span className="line-clamp-3 font-semibold text-[23px] leading-6.5 [overflow-wrap:anywhere]">{label}</span>
    </div>
  );
}

function Head({ spec, face }: { spec: NodeSpec; face: Face | undefined }) {
  const label = useEditor((editor) => labelOf(spec, editor.types));
  const worst = useEditor((editor) => {
    const levels = editor.findings.filter((finding) => finding.node_id === spec.id).map((finding) => finding.level);
    return levels.includes("error") ? "error" : levels[0];
  });
  const message = useEditor((editor) => editor.findings.find((finding) => finding.node_id === spec.id)?.message);
  return (
    <div className="card-near flex items-center gap-2 px-2.5 py-2">
      <span className={`flex size-7 shrink-0 items-center justify-center rounded-md ${groupTint(face?.group)}`}>
        <Icon name={face?.icon ?? "circle-help"} size={15} />
      </span>
      <div className="min-w-0 flex-1 leading-4">
        <div className="truncate font-semibold text-[13px]">{label}</div>
        <div className="truncate text-[11px] text-ink-faint">
          {face ? subtitle(label, spec, face) : `unknown type ${spec.kind}`}
        </div>
      </div>
      {worst && (
        <span
          role="img"
          aria-label={`${worst}: ${message}`}
          title={message}
          className={worst === "error" ? "text-bad" : "text-warn"}
        >
          {worst === "error" ? <CircleAlert size={15} aria-hidden /> : <TriangleAlert size={15} aria-hidden />}
        </span>
      )}
    </div>
  );
}

/** What the label does not tell. */
function subtitle(label: string, spec: NodeSpec, face: Face): string {
  return label === face.label ? spec.id : face.label;
}

function CardPorts({ id, spec }: { id: string; spec: NodeSpec }) {
  const types = useEditor((editor) => editor.types);
  const edges = useEditor((editor) => editor.history.doc.graph.edges);
  // Only the edges of this node matter; as text they tell whether they changed.
  const own = JSON.stringify(edges.filter((edge) => edge.source === id || edge.target === id));
  const { inputs, outputs } = useMemo(() => portsOf(spec, types, JSON.parse(own)), [spec, types, own]);
  const signature = [...inputs, ...outputs].map((port) => port.name).join(" ");
  const update = useUpdateNodeInternals();
  const measured = useRef(signature);
  useEffect(() => {
    // The first measure is the library's own.
    if (measured.current !== signature) update(id);
    measured.current = signature;
  }, [id, signature, update]);
  const rows = Math.max(inputs.length, outputs.length);
  if (rows === 0) return null;
  return (
    <div className="card-ports flex flex-col border-t py-1.5">
      {Array.from({ length: rows }, (_, row) => (
        <div
          key={`${inputs[row]?.name} ${outputs[row]?.name}`}
          className="flex min-h-6 items-center justify-between gap-3"
        >
          {inputs[row] ? <PortRow node={id} port={inputs[row]} side="input" /> : <span />}
          {outputs[row] && <PortRow node={id} port={outputs[row]} side="output" />}
        </div>
      ))}
    </div>
  );
}

function Note({ spec, face, selected }: { spec: NodeSpec; face: Face; selected: boolean }) {
  const values = isObject(spec.config) ? Object.values(spec.config) : [];
  const text = values.find((value): value is string => typeof value === "string" && value !== "");
  return (
    <div
      className={`w-60 whitespace-pre-wrap break-words rounded-lg border border-warn/30 bg-warn-soft px-3 py-2 text-[13px] text-ink ${selected ? "outline-2 outline-accent outline-offset-1" : ""}`}
    >
      {spec.label && <div className="font-semibold">{spec.label}</div>}
      {text ?? <span className="text-ink-faint">{face.label}</span>}
    </div>
  );
}
