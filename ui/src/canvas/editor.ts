/** The store of one open document: its history, what is selected, what was found wrong. Every change goes through `act`. */
import { createStore, type StoreApi } from "zustand";
import type { EdgeSpec, Finding, NodeId } from "@/api/generated/types";
import { type Doc, edgeKey, idAfter } from "@/model/document";
import { type Act, act, begin, type History, redo, undo } from "@/model/history";
import { missingPlaces } from "@/model/layout";
import type { Types } from "@/model/ports";

export interface Selection {
  readonly nodes: ReadonlySet<NodeId>;
  readonly edges: ReadonlySet<string>;
}

/** The end of an edge that is being drawn, and the ports that fit it, by their keys. */
export interface Connecting {
  readonly fitting: ReadonlySet<string>;
}

export interface Editor {
  readonly history: History;
  readonly selection: Selection;
  readonly types: Types;
  readonly findings: readonly Finding[];
  readonly connecting: Connecting | undefined;
  /** Drawn for looking only: a run's pinned revision. */
  readonly readOnly: boolean;
  act(act: Act): void;
  undo(): void;
  redo(): void;
  /** Takes over a document from outside; history begins anew. */
  replace(doc: Doc): void;
  select(nodes: Iterable<NodeId>, edges?: Iterable<string>): void;
  setFindings(findings: readonly Finding[]): void;
  setConnecting(connecting: Connecting | undefined): void;
}

export type EditorStore = StoreApi<Editor>;

const nothing: Selection = { nodes: new Set(), edges: new Set() };

/** A document whose nodes all have a place. The places are not an edit: a file without a layout stays as it is. */
function placed(doc: Doc): Doc {
  const missing = missingPlaces(doc.graph);
  if (Object.keys(missing).length === 0) return doc;
  return { ...doc, graph: { ...doc.graph, layout: { ...doc.graph.layout, ...missing } } };
}

export function createEditor(doc: Doc, types: Types, readOnly = false): EditorStore {
  return createStore<Editor>((set) => ({
    history: begin(placed(doc)),
    selection: nothing,
    types,
    findings: [],
    connecting: undefined,
    readOnly,
    act: (wanted) =>
      set((editor) => (editor.readOnly ? editor : after(editor, act(editor.history, wanted, Date.now())))),
    undo: () => set((editor) => after(editor, undo(editor.history))),
    redo: () => set((editor) => after(editor, redo(editor.history))),
    replace: (next) => set((editor) => after(editor, begin(placed(next)))),
    select: (nodes, edges = []) => set({ selection: { nodes: new Set(nodes), edges: new Set(edges) } }),
    setFindings: (findings) => set({ findings }),
    setConnecting: (connecting) => set({ connecting }),
  }));
}

/** What is gone cannot stay selected; what was renamed can. */
function after(editor: Editor, history: History): Partial<Editor> {
  const { graph } = history.doc;
  const ids = new Set(graph.nodes.map((node) => node.id));
  const keys = new Set(graph.edges.map(edgeKey));
  const chosen = [...editor.selection.nodes];
  const nodes = chosen.map((id) => idAfter(editor.history.doc.graph, graph, id)).filter((id) => ids.has(id));
  const edges = [...editor.selection.edges].filter((key) => keys.has(key));
  const same = nodes.join() === chosen.join() && edges.length === editor.selection.edges.size;
  return same ? { history } : { history, selection: { nodes: new Set(nodes), edges: new Set(edges) } };
}

export function selectedEdges(editor: Editor): EdgeSpec[] {
  return editor.history.doc.graph.edges.filter((edge) => editor.selection.edges.has(edgeKey(edge)));
}
