/** Lays the editor out, and gives its parts to each other: keys, dialogs, the side panel, the run. */
import { getRouteApi } from "@tanstack/react-router";
import { useReactFlow } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { NodeId } from "@/api/generated/types";
import { AddNode } from "@/canvas/AddNode";
import { addNode } from "@/canvas/actions";
import { Canvas } from "@/canvas/Canvas";
import { ConnectTo, Disconnect } from "@/canvas/ConnectTo";
import { useEditor } from "@/canvas/context";
import { focusCard } from "@/canvas/focus";
import { Palette, useAddHere } from "@/canvas/Palette";
import { useCanvasKeys, useClipboard } from "@/canvas/useCanvasKeys";
import type { WatchStore } from "@/canvas/watch";
import { ConflictBar } from "./ConflictBar";
import { EmptyCanvas } from "./EmptyCanvas";
import { Problems } from "./Problems";
import { RunBar } from "./RunBar";
import { RunDialog } from "./RunDialog";
import { SidePanel } from "./SidePanel";
import { TopBar } from "./TopBar";
import type { OpenDocument } from "./useDocument";
import { useEditorKeys } from "./useEditorKeys";
import { useFindings } from "./useFindings";
import { useOpenNode } from "./useOpenNode";
import { useRunControl } from "./useRunControl";

const route = getRouteApi("/workflows/$id");

type Asked =
  | { kind: "add"; after?: { id: NodeId; port: string }; at?: { x: number; y: number } }
  | { kind: "connect" | "disconnect"; id: NodeId };

export function EditorView({
  id,
  document,
  watch,
}: {
  id: string;
  document: OpenDocument;
  watch: WatchStore | undefined;
}) {
  const { editor } = document;
  const { shown, chosen, panelKey, open, rename } = useOpenNode();
  const navigate = route.useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const [problemsOpen, setProblemsOpen] = useState(false);
  const [focusLabel, setFocusLabel] = useState(false);
  const addHere = useAddHere();
  const validation = useFindings(editor);
  const run = useRunControl(id, document, watch, () => setProblemsOpen(true));

  const commands = useMemo(
    () => ({
      addNode: () => setAsked({ kind: "add" }),
      connect: (one: NodeId) => setAsked({ kind: "connect", id: one }),
      disconnect: (one: NodeId) => setAsked({ kind: "disconnect", id: one }),
      open: (one: NodeId) => open(one),
      rename: (one: NodeId) => {
        setFocusLabel(true);
        open(one);
      },
      close: () => open(undefined),
    }),
    [open],
  );
  const onKeyDown = useCanvasKeys(commands);
  const clipboard = useClipboard();
  useEditorKeys(document, run.toggle, commands.addNode);

  const close = () => {
    setAsked(undefined);
    if (chosen !== undefined) focusCard(chosen);
  };
  const jump = useJump(open);
  const dropEdge = useCallback(
    (after: { id: NodeId; port: string }, at: { x: number; y: number }) => setAsked({ kind: "add", after, at }),
    [],
  );

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <TopBar
        id={id}
        document={document}
        run={run}
        onProblems={() => setProblemsOpen((before) => !before)}
        problems={validation}
      />
      {document.save.kind === "conflict" && <ConflictBar document={document} />}
      <div className="relative flex min-h-0 flex-1">
        <Palette />
        <main className="relative flex min-w-0 flex-1 flex-col">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the focused card inside */}
          <div tabIndex={-1} className="relative min-h-0 flex-1 outline-none" onKeyDown={onKeyDown} {...clipboard}>
            <Canvas onOpen={open} onDropEdge={dropEdge}>
              <EmptyCanvas onAdd={commands.addNode} />
            </Canvas>
          </div>
          {watch && (
            <RunBar
              watch={watch}
              revision={document.revision}
              onClose={() => void navigate({ search: (before) => ({ ...before, run: undefined }) })}
              onCancel={run.cancel}
            />
          )}
          {problemsOpen && <Problems onJump={jump} onClose={() => setProblemsOpen(false)} />}
        </main>
        {shown !== undefined && (
          <SidePanel
            key={panelKey}
            id={shown}
            focusLabel={focusLabel}
            onFocused={() => setFocusLabel(false)}
            onClose={() => {
              open(undefined);
              focusCard(shown);
            }}
            onRenamed={(to) => rename(shown, to)}
            onConnect={() => commands.connect(shown)}
          />
        )}
      </div>
      <AddNode
        open={asked?.kind === "add"}
        after={asked?.kind === "add" ? asked.after : undefined}
        onClose={close}
        onPick={(type) => {
          if (asked?.kind === "add" && asked.after && asked.at)
            addNode(editor, type, { at: asked.at, after: asked.after, exactly: true });
          else addHere(type);
        }}
      />
      {asked?.kind === "connect" && <ConnectTo node={asked.id} onClose={close} />}
      {asked?.kind === "disconnect" && <Disconnect node={asked.id} onClose={close} />}
      {run.asking && <RunDialog inputs={run.asking} workflow_id={id} onClose={run.stopAsking} onStart={run.start} />}
    </div>
  );
}

/** Brings a node into view, chooses it and opens its panel. */
function useJump(open: (id: NodeId) => void) {
  const flow = useReactFlow();
  const select = useEditor((editor) => editor.select);
  return (id: NodeId) => {
    select([id]);
    open(id);
    void flow.fitView({ nodes: [{ id }], maxZoom: 1, padding: 0.6, duration: 200 });
  };
}
