/** What belongs to one node: its settings, and what it did in the watched run. */
import { Tabs } from "@base-ui/react/tabs";
import { Link2, X } from "lucide-react";
import { useState } from "react";
import type { NodeId } from "@/api/generated/types";
import { useEditor, useWatched } from "@/canvas/context";
import { groupTint } from "@/canvas/NodeCard";
import { IconButton } from "@/kit/Button";
import { Icon } from "@/kit/Icon";
import { nodeById } from "@/model/document";
import { labelOf } from "@/model/nodes";
import { NodeDetail } from "../run/NodeDetail";
import { NodeSettings } from "./NodeSettings";

interface SidePanelProps {
  id: NodeId;
  focusLabel: boolean;
  onFocused: () => void;
  onRenamed: (to: NodeId) => void;
  onClose: () => void;
  onConnect: () => void;
}

const tab =
  "h-8 border-b-2 border-transparent px-1 text-[13px] font-medium text-ink-soft data-[active]:border-accent data-[active]:text-ink";

export function SidePanel({ id, focusLabel, onFocused, onRenamed, onClose, onConnect }: SidePanelProps) {
  const spec = useEditor(({ history }) => nodeById(history.doc.graph, id));
  const type = useEditor(({ types }) => (spec ? types.get(spec.kind) : undefined));
  const label = useEditor(({ types }) => (spec ? labelOf(spec, types) : id));
  const run_id = useWatched(({ overlay }) => overlay.run_id);
  const ran = useWatched(({ overlay }) => overlay.nodes[id] !== undefined);
  const [shown, setShown] = useState<"settings" | "run">("settings");
  if (!spec) return null;
  const hasRun = run_id !== undefined && ran === true;
  return (
    <aside
      aria-label={`Settings of ${label}`}
      className="flex w-96 max-w-[45vw] shrink-0 flex-col border-l bg-panel max-md:absolute max-md:inset-0 max-md:z-10 max-md:w-full max-md:max-w-none"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented || !event.currentTarget.contains(event.target as Node))
          return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className="flex items-center gap-2 px-3 pt-3 pb-2">
        <span className={`flex size-8 shrink-0 items-center justify-center rounded-md ${groupTint(type?.face.group)}`}>
          <Icon name={type?.face.icon ?? "circle-help"} size={16} />
        </span>
        <div className="min-w-0 flex-1 leading-4.5">
          <h2 className="truncate font-semibold text-[14px]">{label}</h2>
          <p className="truncate text-ink-faint text-xs">
            {type?.face.label ?? `Unknown type ${spec.kind}`} · <span className="font-mono">{id}</span>
          </p>
        </div>
        {type && type.face.outputs.length > 0 && (
          <IconButton label="Connect to…" keys="C" onClick={onConnect}>
            <Link2 size={16} aria-hidden />
          </IconButton>
        )}
        <IconButton label="Close panel" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <Tabs.Root value={hasRun ? shown : "settings"} onValueChange={setShown} className="flex min-h-0 flex-1 flex-col">
        {hasRun && (
          <Tabs.List className="flex gap-4 border-b px-3">
            <Tabs.Tab value="settings" className={tab}>
              Settings
            </Tabs.Tab>
            <Tabs.Tab value="run" className={tab}>
              This run
            </Tabs.Tab>
          </Tabs.List>
        )}
        <Tabs.Panel value="settings" className="min-h-0 flex-1 overflow-y-auto p-3 outline-offset-[-2px]">
          <NodeSettings spec={spec} type={type} focusLabel={focusLabel} onFocused={onFocused} onRenamed={onRenamed} />
        </Tabs.Panel>
        {hasRun && (
          <Tabs.Panel value="run" className="min-h-0 flex-1 overflow-y-auto p-3 outline-offset-[-2px]">
            <NodeDetail run_id={run_id} node_id={id} />
          </Tabs.Panel>
        )}
      </Tabs.Root>
    </aside>
  );
}
