/** Hands the open document and the watched run to everything drawn on the canvas. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { createStore, useStore } from "zustand";
import type { Editor, EditorStore } from "./editor";
import { type Watch, type WatchStore, watchRun } from "./watch";

const EditorContext = createContext<EditorStore | undefined>(undefined);
const WatchContext = createContext<WatchStore | undefined>(undefined);
const noWatch = createStore<Watch | undefined>(() => undefined);

export function CanvasProvider({
  editor,
  watch,
  children,
}: {
  editor: EditorStore;
  watch: WatchStore | undefined;
  children: ReactNode;
}) {
  return (
    <EditorContext value={editor}>
      <WatchContext value={watch}>{children}</WatchContext>
    </EditorContext>
  );
}

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error("no document is open around this component");
  return store;
}

export function useEditor<Part>(select: (editor: Editor) => Part): Part {
  return useStore(useEditorStore(), select);
}

/** A part of the watched run; undefined while none is watched. */
export function useWatched<Part>(select: (watch: Watch) => Part): Part | undefined {
  const store = useContext(WatchContext);
  return useStore<typeof noWatch, Part | undefined>((store ?? noWatch) as typeof noWatch, (watch) =>
    watch ? select(watch) : undefined,
  );
}

/** Watches this run for as long as the component stands. */
export function useWatch(run_id: string | undefined): WatchStore | undefined {
  const [watch, setWatch] = useState<{ id: string; store: WatchStore }>();
  useEffect(() => {
    if (run_id === undefined) return;
    const { store, end } = watchRun(run_id);
    setWatch({ id: run_id, store });
    return end;
  }, [run_id]);
  return watch?.id === run_id ? watch?.store : undefined;
}
