/** The backend inside the desktop window: commands by `call`, frames by an IPC channel. */
import { Channel, invoke } from "@tauri-apps/api/core";
import { asFailure } from "./failure";
import type { CommandName, Commands, Frame } from "./generated/types";
import type { Backend, StreamListener } from "./transport";

export function tauriBackend(): Backend {
  return {
    async call<Name extends CommandName>(
      name: Name,
      params: Commands[Name]["params"],
      options?: { signal?: AbortSignal },
    ): Promise<Commands[Name]["reply"]> {
      options?.signal?.throwIfAborted();
      try {
        // As text, because what the process makes of an object loses the order of its keys.
        return await invoke<Commands[Name]["reply"]>("call", { name, params: JSON.stringify(params) });
      } catch (thrown) {
        throw asFailure(thrown);
      }
    },
    subscribe(filter, listener) {
      let wanted = true;
      const channel = new Channel<Frame | null>((frame) => {
        if (frame === null) end(listener);
        else if (wanted) listener.frame(frame);
      });
      const opened = invoke<number>("subscribe", { filter, channel });
      opened.catch(() => end(listener));
      function end(told: StreamListener) {
        if (!wanted) return;
        wanted = false;
        told.closed();
      }
      return () => {
        wanted = false;
        // A subscription that never stood needs no ending.
        opened.then((subscription) => invoke("unsubscribe", { subscription })).catch(() => undefined);
      };
    },
  };
}

export function insideTauri(): boolean {
  return "__TAURI_INTERNALS__" in window;
}
