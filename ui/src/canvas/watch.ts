/** Watches one run: a snapshot and the stream, folded into one overlay. Writes to its store at most once a frame. */
import { createStore, type StoreApi } from "zustand";
import { backend } from "@/api/client";
import { asFailure, type CommandFailure } from "@/api/failure";
import { lastingStream } from "@/api/stream";
import {
  emptyOverlay,
  isFinal,
  isOfPass,
  type Overlay,
  withEvent,
  withNodes,
  withRun,
  withSignal,
} from "@/model/overlay";

/** Many passes end at once; one look at all of them will do. */
const gatherMs = 400;

export interface Watch {
  readonly overlay: Overlay;
  readonly revision: number | undefined;
  readonly workflow_id: string | undefined;
  readonly failure: CommandFailure | undefined;
}

export type WatchStore = StoreApi<Watch>;

/** Begins to watch; the function returned ends it. */
export function watchRun(run_id: string): { store: WatchStore; end: () => void } {
  const store = createStore<Watch>(() => ({
    overlay: emptyOverlay(run_id),
    revision: undefined,
    workflow_id: undefined,
    failure: undefined,
  }));
  let next = store.getState().overlay;
  let frame: number | undefined;
  let ended = false;
  let soon: ReturnType<typeof setTimeout> | undefined;

  function change(step: (overlay: Overlay) => Overlay) {
    next = step(next);
    // A hidden window gets no frames; there nobody sees a delay either.
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      store.setState({ overlay: next });
    });
  }

  async function snapshot() {
    try {
      const [run, { nodes }] = await Promise.all([
        backend.call("runs.get", { id: run_id }),
        backend.call("runs.nodes", { id: run_id }),
      ]);
      if (ended) return;
      change((overlay) => withNodes(withRun(overlay, run), nodes));
      store.setState({ revision: run.workflow_revision, workflow_id: run.workflow_id, failure: undefined });
    } catch (thrown) {
      if (!ended) store.setState({ failure: asFailure(thrown) });
    }
  }

  function again() {
    soon = undefined;
    void snapshot();
  }

  // What happens between the snapshot and the stream arrives twice rather than never: the fold takes either order.
  void snapshot();
  const endStream = lastingStream(
    backend,
    { run_id, signals: true },
    {
      ready: () => void snapshot(),
      event: (announced) => {
        change((overlay) => withEvent(overlay, announced));
        // The event does not tell which way a failure went, nor how a node stands over all its passes; the snapshot does.
        if (isOfPass(announced.event)) soon ??= setTimeout(again, gatherMs);
        else if (announced.event.type === "node.failed" || announced.event.type === "run.finished") void snapshot();
      },
      signal: (signal) => change((overlay) => withSignal(overlay, signal)),
    },
  );
  const endSelf = store.subscribe(({ overlay }) => {
    // A finished run says nothing more.
    if (isFinal(overlay.status) && store.getState().revision !== undefined) endStream();
  });
  return {
    store,
    end() {
      ended = true;
      endStream();
      endSelf();
      clearTimeout(soon);
      if (frame !== undefined) cancelAnimationFrame(frame);
    },
  };
}
