/** Lets the server check the graph a moment after it changed, and keeps what it found with the document. */
import { useEffect, useState } from "react";
import { backend } from "@/api/client";
import { useEditor } from "@/canvas/context";
import type { EditorStore } from "@/canvas/editor";

const idleMs = 400;

export interface Validation {
  readonly errors: number;
  readonly warnings: number;
  /** The check itself could not be made. */
  readonly unknown: boolean;
}

export function useFindings(editor: EditorStore): Validation {
  const graph = useEditor(({ history }) => history.doc.graph);
  const findings = useEditor((open) => open.findings);
  const [unknown, setUnknown] = useState(false);
  // Where the cards stand does not change what is found.
  const { nodes, edges } = graph;
  useEffect(() => {
    const stop = new AbortController();
    const check = async () => {
      try {
        const { findings: found } = await backend.call(
          "workflows.validate",
          { graph: { nodes, edges, layout: {} } },
          { signal: stop.signal },
        );
        if (stop.signal.aborted) return;
        editor.getState().setFindings(found);
        setUnknown(false);
      } catch {
        if (!stop.signal.aborted) setUnknown(true);
      }
    };
    const timer = setTimeout(() => void check(), idleMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [editor, nodes, edges]);
  return {
    errors: findings.filter((finding) => finding.level === "error").length,
    warnings: findings.filter((finding) => finding.level === "warning").length,
    unknown,
  };
}
