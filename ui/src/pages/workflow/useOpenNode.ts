/** The node whose panel is open, as the address says it. A panel in which the node's id is changed stays the same panel. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import type { NodeId } from "@/api/generated/types";
import { setId } from "@/canvas/actions";
import { useEditor, useEditorStore } from "@/canvas/context";
import { announce } from "@/kit/live";

const route = getRouteApi("/workflows/$id");

export function useOpenNode() {
  const store = useEditorStore();
  const { node: address } = route.useSearch();
  const navigate = route.useNavigate();
  const nodes = useEditor(({ history }) => history.doc.graph.nodes);
  const chosen = useEditor(({ selection }) => (selection.nodes.size === 1 ? [...selection.nodes][0] : undefined));
  // The address follows a moment after the document.
  const [renamed, setRenamed] = useState<{ from: NodeId; to: NodeId }>();
  const exists = (id: NodeId | undefined) => nodes.some((node) => node.id === id);
  const wanted = address === renamed?.from && !exists(address) ? renamed?.to : address;
  const shown = exists(wanted) ? wanted : undefined;
  const panel = useRef({ shown, count: 0 });
  if (panel.current.shown !== shown) {
    const same = renamed !== undefined && panel.current.shown === renamed.from && shown === renamed.to;
    panel.current = { shown, count: panel.current.count + (same ? 0 : 1) };
  }

  const open = useCallback(
    (next: NodeId | undefined) => {
      setRenamed(undefined);
      void navigate({ search: (before) => ({ ...before, node: next }), replace: true });
    },
    [navigate],
  );

  // The address may name a node from the start.
  const opened = useRef(address);
  useEffect(() => {
    if (opened.current !== undefined) store.getState().select([opened.current]);
  }, [store]);

  // An open panel follows the selection; it closes by its own button only.
  useEffect(() => {
    if (address !== undefined && chosen !== undefined && chosen !== address && chosen !== renamed?.to) open(chosen);
  }, [chosen, address, renamed, open]);

  const rename = (from: NodeId, to: NodeId) => {
    setRenamed({ from, to });
    setId(store, from, to);
    announce(`The id is ${to} now`);
    void navigate({ search: (before) => ({ ...before, node: to }), replace: true });
  };

  return { shown, chosen, panelKey: panel.current.count, open, rename };
}
