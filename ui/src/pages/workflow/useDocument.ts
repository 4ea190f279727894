/** Opens a workflow: its editor store, and what keeps it saved. Lives as long as the page shows this workflow. */
import { useCallback, useEffect, useRef, useState } from "react";
import { backend, queryClient } from "@/api/client";
import { onEvent } from "@/api/connection";
import { asFailure } from "@/api/failure";
import type { Workflow } from "@/api/generated/types";
import { createEditor, type EditorStore } from "@/canvas/editor";
import { Autosave, type SaveState } from "@/model/autosave";
import { docOf, sameDoc } from "@/model/document";
import { dropDraft, keepDraft, readDraft } from "@/model/draft";
import type { Types } from "@/model/ports";

export interface OpenDocument {
  readonly editor: EditorStore;
  readonly save: SaveState;
  readonly revision: number;
  /** Saves now; resolves when everything is saved or has failed to be. */
  flush(): Promise<void>;
  isClean(): boolean;
  keepMine(): Promise<void>;
  loadTheirs(): Promise<void>;
}

export function useDocument(workflow: Workflow, types: Types): OpenDocument {
  const [save, setSave] = useState<SaveState>({ kind: "saved" });
  const [revision, setRevision] = useState(workflow.revision);
  const [editor] = useState(() => createEditor(docOf(workflow), types));
  const autosave = useRef<Autosave>(undefined);
  const { id } = workflow;
  const first = useRef(workflow);

  useEffect(() => editor.setState({ types }), [editor, types]);

  const adopt = useCallback(
    (theirs: Workflow) => {
      // The order counts: the editor tells the autosave of every new document, also of this one.
      editor.getState().replace(docOf(theirs));
      autosave.current?.adopted(theirs.revision);
      dropDraft(localStorage, id);
      setRevision(theirs.revision);
      queryClient.setQueryData(["workflows.get", { id }], theirs);
    },
    [editor, id],
  );

  // The page may open with a reply from the cache, and learn of a newer revision a moment later.
  useEffect(() => {
    const saver = autosave.current;
    if (saver?.clean && workflow.revision > saver.revision) adopt(workflow);
  }, [workflow, adopt]);

  const loadTheirs = useCallback(async () => adopt(await backend.call("workflows.get", { id })), [adopt, id]);

  useEffect(() => {
    const opened = first.current;
    const saver = new Autosave({
      revision: opened.revision,
      async save(doc, expected_revision) {
        const draft = { doc, base_revision: expected_revision };
        keepDraft(localStorage, id, draft);
        const saved = await backend
          .call("workflows.update", { id, expected_revision, ...doc })
          .catch(async (thrown) => {
            const theirs = asFailure(thrown).code === "conflict" ? await current(id) : undefined;
            // Our own save, sent before a reload, and its answer lost.
            if (theirs && sameDoc(docOf(theirs), doc)) return theirs;
            // Another tab that saved meanwhile has dropped the draft of both.
            keepDraft(localStorage, id, draft);
            throw thrown;
          });
        dropDraft(localStorage, id);
        setRevision(saved.revision);
        queryClient.setQueryData(["workflows.get", { id }], saved);
        return saved;
      },
      explain: asFailure,
      onState: setSave,
    });
    autosave.current = saver;
    const endEditor = editor.subscribe(({ history }, { history: before }) => {
      if (history.doc !== before.doc) saver.changed(history.doc);
    });
    restore(editor, saver, id, opened.revision);
    const endEvents = onEvent(({ event, workflow_id }) => {
      if (workflow_id !== id || event.type !== "workflow.changed" || event.revision <= saver.revision) return;
      // With something of our own under way the next save decides; else theirs is simply taken over.
      if (saver.clean) void takeOver();
    });
    const takeOver = async () => {
      const theirs = await current(id);
      if (theirs && saver.clean && theirs.revision > saver.revision) adopt(theirs);
    };
    const now = () => void saver.flush();
    const hidden = () => document.visibilityState === "hidden" && now();
    const leaving = () => {
      const { doc } = editor.getState().history;
      if (!saver.clean) keepDraft(localStorage, id, { doc, base_revision: saver.revision });
    };
    window.addEventListener("pagehide", leaving);
    document.addEventListener("visibilitychange", hidden);
    window.addEventListener("online", now);
    return () => {
      window.removeEventListener("pagehide", leaving);
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("online", now);
      endEvents();
      endEditor();
      void saver.flush().finally(() => saver.stop());
    };
  }, [adopt, editor, id]);

  return {
    editor,
    save,
    revision,
    loadTheirs,
    flush: useCallback(async () => autosave.current?.flush(), []),
    isClean: useCallback(() => autosave.current?.clean ?? true, []),
    keepMine: useCallback(async () => {
      const theirs = await backend.call("workflows.get", { id });
      await autosave.current?.keepMine(theirs.revision);
    }, [id]),
  };
}

/** Nothing when it is out of reach: the next event or save tells of the revision again. */
function current(id: string): Promise<Workflow | undefined> {
  return backend.call("workflows.get", { id }).catch(() => undefined);
}

/** Brings back what this device could not save the last time. */
function restore(editor: EditorStore, saver: Autosave, id: string, revision: number): void {
  const draft = readDraft(localStorage, id);
  if (!draft || sameDoc(draft.doc, editor.getState().history.doc)) return;
  editor.getState().replace(draft.doc);
  if (draft.base_revision !== revision) saver.conflict();
}
