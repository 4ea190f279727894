/** The unsaved document on this device, so that closing the window while the server is away loses nothing. */
import type { Doc } from "./document";

export interface Draft {
  readonly doc: Doc;
  readonly base_revision: number;
}

const key = (id: string) => `draft:${id}`;

export function keepDraft(storage: Storage, id: string, draft: Draft): void {
  try {
    storage.setItem(key(id), JSON.stringify(draft));
  } catch {
    // The device is full or forbids it; the document is still in the window.
  }
}

export function dropDraft(storage: Storage, id: string): void {
  storage.removeItem(key(id));
}

export function readDraft(storage: Storage, id: string): Draft | undefined {
  const text = storage.getItem(key(id));
  if (text === null) return undefined;
  try {
    const draft = JSON.parse(text) as Partial<Draft>;
    return draft.doc?.graph && typeof draft.base_revision === "number" ? (draft as Draft) : undefined;
  } catch {
    return undefined;
  }
}
