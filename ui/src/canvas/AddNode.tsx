/** Node search on the keyboard: type, choose with the arrows, Enter adds. */
import { Command } from "cmdk";
import type { NodeId, NodeType } from "@/api/generated/types";
import { Dialog } from "@/kit/Dialog";
import { inputLook } from "@/kit/Field";
import { Icon } from "@/kit/Icon";
import { typesAfter } from "@/model/nodes";
import { useEditor } from "./context";
import { groupTint } from "./NodeCard";
import { groupNames } from "./Palette";

interface AddNodeProps {
  open: boolean;
  /** An edge from here waits for its end: only what it fits is offered. */
  after: { id: NodeId; port: string } | undefined;
  onClose: () => void;
  onPick: (type: NodeType) => void;
}

export function AddNode({ open, after, onClose, onPick }: AddNodeProps) {
  const types = useEditor((editor) => editor.types);
  const graph = useEditor((editor) => editor.history.doc.graph);
  const offered = after ? typesAfter(graph, types, after) : [...types.values()];
  return (
    <Dialog open={open} onClose={onClose} title="Add a node">
      <Command label="Node types" className="flex flex-col gap-2">
        <Command.Input
          autoFocus
          aria-label="Search node types"
          placeholder="Search by name or purpose"
          className={`${inputLook} h-9`}
        />
        <Command.List className="-mx-2 max-h-[46vh] overflow-y-auto">
          <Command.Empty className="px-3 py-6 text-center text-[13px] text-ink-faint">
            No node type matches.
          </Command.Empty>
          {offered.map((type) => (
            <Command.Item
              key={type.kind}
              value={`${type.face.label} ${type.kind} ${groupNames[type.face.group]} ${type.face.description}`}
              onSelect={() => {
                onClose();
                onPick(type);
              }}
              className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-[13px] data-[selected=true]:bg-hover"
            >
              <span
                className={`flex size-7 shrink-0 items-center justify-center rounded-md ${groupTint(type.face.group)}`}
              >
                <Icon name={type.face.icon} size={14} />
              </span>
              <span className="min-w-0">
                <span className="block font-medium">{type.face.label}</span>
                <span className="block truncate text-ink-faint text-xs">{type.face.description}</span>
              </span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}
