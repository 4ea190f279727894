/** Undo and redo. Documents share what did not change, so a step is the document before it, with the action's name. */
import { apply, type Doc, type Edit } from "./document";

export interface Step {
  readonly doc: Doc;
  readonly label: string;
}

export interface History {
  readonly doc: Doc;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  /** Edits with this key within `mergeMs` belong to the last step: typing in one field is one step. */
  readonly merge?: { readonly key: string; readonly at_ms: number };
}

const mergeMs = 1_000;
/** Steps share their parts; the limit only bounds a session of days. */
const longestPast = 500;

export interface Act {
  readonly label: string;
  readonly edits: readonly Edit[];
  readonly mergeKey?: string;
}

export function begin(doc: Doc): History {
  return { doc, past: [], future: [] };
}

export function act(history: History, { label, edits, mergeKey }: Act, now_ms: number): History {
  const doc = edits.reduce(apply, history.doc);
  if (doc === history.doc) return history;
  const merge = mergeKey === undefined ? {} : { merge: { key: mergeKey, at_ms: now_ms } };
  const same = history.merge !== undefined && history.merge.key === mergeKey && now_ms - history.merge.at_ms <= mergeMs;
  if (same && history.past.length > 0) return { doc, past: history.past, future: [], ...merge };
  const past = [...history.past, { doc: history.doc, label }].slice(-longestPast);
  return { doc, past, future: [], ...merge };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  if (!step) return history;
  const future = [...history.future, { doc: history.doc, label: step.label }];
  return { doc: step.doc, past: history.past.slice(0, -1), future };
}

export function redo(history: History): History {
  const step = history.future.at(-1);
  if (!step) return history;
  const past = [...history.past, { doc: history.doc, label: step.label }];
  return { doc: step.doc, past, future: history.future.slice(0, -1) };
}
