/** Saves a document a moment after its last change, one request at a time, each with the revision it builds upon.
 *  Knows nothing of React or the server: `save` is handed in and rejects with a code. */
import type { Doc } from "./document";

export type SaveState =
  | { kind: "saved" }
  | { kind: "saving" }
  /** Kept on this device; tried again by itself. */
  | { kind: "offline" }
  /** Somebody else saved meanwhile; waits for a decision. */
  | { kind: "conflict" }
  | { kind: "refused"; message: string };

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface AutosaveOptions {
  readonly revision: number;
  readonly save: (doc: Doc, expected_revision: number) => Promise<{ revision: number }>;
  /** Turns what `save` rejected with into a code and a text. */
  readonly explain: (thrown: unknown) => Refusal;
  readonly onState: (state: SaveState) => void;
}

const idleMs = 700;
const longestWaitMs = 5_000;
const retryMs = 3_000;
const passing = new Set(["offline", "unavailable", "busy", "timeout", "unauthorized"]);

export class Autosave {
  #options: AutosaveOptions;
  #revision: number;
  #unsaved: Doc | undefined;
  #dirtySince_ms = 0;
  #saving: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: AutosaveOptions) {
    this.#options = options;
    this.#revision = options.revision;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Nothing is waiting and nothing is on its way. */
  get clean(): boolean {
    return this.#unsaved === undefined && this.#saving === undefined;
  }

  changed(doc: Doc): void {
    const now_ms = Date.now();
    if (this.#unsaved === undefined) this.#dirtySince_ms = now_ms;
    this.#unsaved = doc;
    if (this.#stopped) return;
    this.#options.onState({ kind: "saving" });
    this.#schedule(Math.min(idleMs, Math.max(0, this.#dirtySince_ms + longestWaitMs - now_ms)));
  }

  /** Saves what is waiting now; resolves when nothing is on its way any more, however it ended. */
  async flush(): Promise<void> {
    while (this.#saving) await this.#saving;
    if (this.#unsaved !== undefined && !this.#stopped) await this.#send();
  }

  /** The answer to a conflict: my document upon their revision. */
  async keepMine(their_revision: number): Promise<void> {
    this.#revision = their_revision;
    this.#stopped = false;
    await this.flush();
  }

  /** The server's document was taken over; what was waiting is dropped. */
  adopted(revision: number): void {
    clearTimeout(this.#timer);
    this.#revision = revision;
    this.#unsaved = undefined;
    this.#stopped = false;
    this.#options.onState({ kind: "saved" });
  }

  conflict(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
    this.#options.onState({ kind: "conflict" });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  #schedule(wait_ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), wait_ms);
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#saving = this.#attempt().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #attempt(): Promise<void> {
    const doc = this.#unsaved;
    if (doc === undefined) return;
    this.#unsaved = undefined;
    this.#options.onState({ kind: "saving" });
    try {
      const { revision } = await this.#options.save(doc, this.#revision);
      this.#revision = revision;
      if (this.#unsaved === undefined) this.#options.onState({ kind: "saved" });
      else this.#schedule(idleMs);
    } catch (thrown) {
      this.#unsaved ??= doc;
      this.#failed(this.#options.explain(thrown));
    }
  }

  #failed({ code, message }: Refusal): void {
    if (code === "conflict") this.conflict();
    else if (passing.has(code)) {
      this.#options.onState({ kind: "offline" });
      if (!this.#stopped) this.#schedule(retryMs);
    } else this.#options.onState({ kind: "refused", message });
  }
}
