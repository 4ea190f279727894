/** The window's connection: one stream of all events that keeps the cache true, its state, and whether a key is asked for. */
import { create } from "zustand";
import { backend, queryClient, staleGatherer } from "./client";
import { asFailure } from "./failure";
import type { Announced } from "./generated/types";
import { lastingStream, type StreamState } from "./stream";

interface Connection {
  state: StreamState;
  /** The server refused us for want of a key. */
  signedOut: boolean;
}

export const useConnection = create<Connection>(() => ({ state: "connecting", signedOut: false }));

const listeners = new Set<(announced: Announced) => void>();

/** Hears every stored event from now on. */
export function onEvent(listener: (announced: Announced) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let endStream: () => void = () => undefined;

/** Opens the stream for as long as the window lives; the function returned ends it. */
export function connect(): () => void {
  const refused = (thrown: unknown) => {
    if (thrown && asFailure(thrown).code === "unauthorized") useConnection.setState({ signedOut: true });
  };
  const endQueries = queryClient.getQueryCache().subscribe(({ query }) => refused(query.state.error));
  const endChanges = queryClient.getMutationCache().subscribe(({ mutation }) => refused(mutation?.state.error));
  openStream();
  return () => {
    endQueries();
    endChanges();
    endStream();
  };
}

function openStream(): void {
  const gather = staleGatherer(queryClient);
  let brokenBefore = false;
  endStream = lastingStream(
    backend,
    { signals: false },
    {
      event(announced) {
        gather(announced);
        for (const listener of listeners) listener(announced);
      },
      state(state) {
        useConnection.setState({ state });
        if (state === "broken") brokenBefore = true;
        // What changed while nobody listened and is past the replay is read again.
        if (state === "open" && brokenBefore) {
          brokenBefore = false;
          void queryClient.invalidateQueries();
        }
      },
    },
  );
}

/** Whether this browser holds a session, so that leaving it means something. The key itself is nowhere in reach of scripts. */
const signedInMark = "signed-in";

export function hasSession(): boolean {
  return localStorage.getItem(signedInMark) !== null;
}

export async function signIn(key: string): Promise<void> {
  await backend.session?.signIn(key);
  localStorage.setItem(signedInMark, "yes");
  endStream();
  openStream();
  await queryClient.resetQueries();
  useConnection.setState({ signedOut: false });
}

export async function signOut(): Promise<void> {
  await backend.session?.signOut();
  endStream();
  localStorage.removeItem(signedInMark);
  queryClient.clear();
  useConnection.setState({ signedOut: true });
}
