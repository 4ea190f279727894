/** All node types by group, with search. A click adds one behind the selected node, a drag puts it where it is dropped. */
import { useReactFlow } from "@xyflow/react";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import type { Group, NodeType } from "@/api/generated/types";
import { TextInput } from "@/kit/Field";
import { Icon } from "@/kit/Icon";
import { announce } from "@/kit/live";
import { addNode } from "./actions";
import { dragType } from "./Canvas";
import { useEditor, useEditorStore } from "./context";
import { focusCard } from "./focus";
import { groupTint } from "./NodeCard";

export const groupNames: Record<Group, string> = {
  flow: "Flow",
  ai: "AI",
  data: "Data",
  files: "Files",
  network: "Network",
  utility: "Utility",
};

export function matches(type: NodeType, search: string): boolean {
  const text = `${type.face.label} ${type.face.description} ${type.kind} ${groupNames[type.face.group]}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Adds behind the one selected node, else in the middle of what is seen. */
export function useAddHere(): (type: NodeType) => void {
  const store = useEditorStore();
  const { screenToFlowPosition, setCenter, getZoom } = useReactFlow();
  return (type) => {
    const { selection } = store.getState();
    const [only] = selection.nodes.size === 1 ? selection.nodes : [];
    const box = document.querySelector(".react-flow")?.getBoundingClientRect();
    const middle = box ? { x: box.x + box.width / 2 - 120, y: box.y + box.height / 3 } : { x: 400, y: 300 };
    const id = addNode(store, type, { at: screenToFlowPosition(middle), ...(only ? { after: { id: only } } : {}) });
    const place = id === undefined ? undefined : store.getState().history.doc.graph.layout[id];
    if (id === undefined || !place) return;
    if (only) void setCenter(place.x + 120, place.y + 60, { zoom: getZoom(), duration: 200 });
    announce(`${type.face.label} added`);
    focusCard(id);
  };
}

export function Palette() {
  const types = useEditor((editor) => editor.types);
  const [search, setSearch] = useState("");
  const add = useAddHere();
  const groups = useMemo(() => {
    const found = [...types.values()].filter((type) => matches(type, search));
    return (Object.keys(groupNames) as Group[])
      .map((group) => ({ group, types: found.filter((type) => type.face.group === group) }))
      .filter((entry) => entry.types.length > 0);
  }, [types, search]);
  return (
    <aside aria-label="Node types" className="flex w-56 shrink-0 flex-col border-r bg-panel max-md:hidden">
      <div className="relative p-2.5">
        <Search size={14} aria-hidden className="pointer-events-none absolute top-[19px] left-5 text-ink-faint" />
        <TextInput
          type="search"
          aria-label="Search node types"
          placeholder="Search nodes"
          className="pl-8"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {groups.length === 0 && (
          <p className="px-2 py-4 text-[13px] text-ink-faint">No node type matches “{search}”.</p>
        )}
        {groups.map((entry) => (
          <section key={entry.group} aria-label={groupNames[entry.group]} className="mb-2">
            <h2 className="px-2 pt-1.5 pb-1 font-medium text-[11px] text-ink-faint uppercase tracking-wide">
              {groupNames[entry.group]}
            </h2>
            <ul>
              {entry.types.map((type) => (
                <li key={type.kind}>
                  <button
                    type="button"
                    draggable
                    title={type.face.description}
                    aria-label={`Add ${type.face.label}`}
                    onClick={() => add(type)}
                    onDragStart={(event) => {
                      event.dataTransfer.setData(dragType, type.kind);
                      event.dataTransfer.effectAllowed = "copy";
                    }}
                    className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left text-[13px] hover:bg-hover"
                  >
                    <span
                      className={`flex size-6 shrink-0 items-center justify-center rounded-md ${groupTint(type.face.group)}`}
                    >
                      <Icon name={type.face.icon} size={13} />
                    </span>
                    <span className="truncate">{type.face.label}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </aside>
  );
}
