/** What the pages know of the house: call a command by name, listen to the event stream. Two transports stand behind it. */
import type { CommandName, Commands, EventFilter, Frame } from "./generated/types";

export interface StreamListener {
  frame(frame: Frame): void;
  /** The stream ended without being asked to; nothing follows. Opening it again is the caller's business. */
  closed(): void;
}

export interface Backend {
  /** Rejects with a `CommandFailure`. */
  call<Name extends CommandName>(
    name: Name,
    params: Commands[Name]["params"],
    options?: { signal?: AbortSignal },
  ): Promise<Commands[Name]["reply"]>;
  /** Opens one stream of frames. The function returned ends it; after that the listener hears nothing more. */
  subscribe(filter: EventFilter, listener: StreamListener): () => void;
  /** Present where people sign in with a key. */
  readonly session?: Session;
}

export interface Session {
  /** Rejects with `unauthorized` when the key is wrong. */
  signIn(key: string): Promise<void>;
  signOut(): Promise<void>;
}
