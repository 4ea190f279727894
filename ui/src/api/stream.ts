/** A stream that stays: opens again after a break, resumes behind the last event it saw, hands each event on once. */
import type { Announced, EventFilter, Signal } from "./generated/types";
import type { Backend } from "./transport";

export type StreamState = "connecting" | "open" | "broken";

export interface LastingListener {
  event?(announced: Announced): void;
  signal?(signal: Signal): void;
  /** Called each time a subscription stands; what was read before it may be stale only up to `seq`. */
  ready?(seq: number): void;
  state?(state: StreamState): void;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;

export function lastingStream(
  backend: Pick<Backend, "subscribe">,
  filter: EventFilter,
  listener: LastingListener,
  jitter: () => number = Math.random,
): () => void {
  let seen = filter.after_seq ?? undefined;
  let failures = 0;
  let close: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  function open() {
    if (ended) return;
    timer = undefined;
    listener.state?.(failures === 0 ? "connecting" : "broken");
    const resumed: EventFilter = seen === undefined ? filter : { ...filter, after_seq: seen };
    close = backend.subscribe(resumed, {
      frame(frame) {
        switch (frame.frame) {
          case "ready":
            failures = 0;
            // Without a replay the stream begins here; with one, the replayed events move `seen` themselves.
            seen ??= frame.seq;
            listener.state?.("open");
            listener.ready?.(frame.seq);
            break;
          case "event":
            if (seen !== undefined && frame.seq <= seen) break;
            seen = frame.seq;
            listener.event?.(frame);
            break;
          case "signal":
            listener.signal?.(frame.signal);
            break;
          case "lagged":
            break;
        }
      },
      closed: again,
    });
  }

  function again() {
    if (ended) return;
    failures += 1;
    listener.state?.("broken");
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
    timer = setTimeout(open, pause * (0.5 + jitter() / 2));
  }

  function hurry() {
    if (timer === undefined) return;
    clearTimeout(timer);
    open();
  }

  window.addEventListener("online", hurry);
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    window.removeEventListener("online", hurry);
    close?.();
  };
}
