/** Starting and stopping runs of the open workflow. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { toast } from "sonner";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { useChange } from "@/api/client";
import { asFailure } from "@/api/failure";
import type { Json } from "@/api/generated/types";
import type { Watch, WatchStore } from "@/canvas/watch";
import { announce } from "@/kit/live";
import { isFinal } from "@/model/overlay";
import { type RunInput, runInputs } from "@/model/run-inputs";
import type { OpenDocument } from "./useDocument";

const route = getRouteApi("/workflows/$id");
const noWatch = createStore<Watch | undefined>(() => undefined);

export interface RunControl {
  /** A run is under way. */
  readonly active: boolean;
  readonly starting: boolean;
  /** What has to be asked before the run that was wished for. */
  readonly asking: readonly RunInput[] | undefined;
  stopAsking(): void;
  start(inputs: { [name: string]: Json }): void;
  cancel(): void;
  toggle(): void;
}

export function useRunControl(
  id: string,
  document: OpenDocument,
  watch: WatchStore | undefined,
  onInvalid: () => void,
): RunControl {
  const { editor, flush } = document;
  const navigate = route.useNavigate();
  const startRun = useChange("runs.start");
  const cancelRun = useChange("runs.cancel");
  const [asking, setAsking] = useState<readonly RunInput[]>();
  const [starting, setStarting] = useState(false);
  const status = useStore((watch ?? noWatch) as typeof noWatch, (state) => state?.overlay.status);
  const run_id = useStore((watch ?? noWatch) as typeof noWatch, (state) => state?.overlay.run_id);
  const active = status !== undefined && !isFinal(status);
  const { mutateAsync } = startRun;

  const start = useCallback(
    async (inputs: { [name: string]: Json }) => {
      setAsking(undefined);
      setStarting(true);
      try {
        await flush();
        if (!document.isClean()) {
          toast.error("The workflow is not saved yet, so it was not run.");
          return;
        }
        const run = await mutateAsync({ workflow_id: id, inputs, wait_ms: 0 });
        announce("Run started");
        await navigate({ search: (before) => ({ ...before, run: run.id }) });
      } catch (thrown) {
        const failure = asFailure(thrown);
        if (failure.code === "invalid_workflow") onInvalid();
        toast.error(`The run could not be started: ${failure.message}`);
      } finally {
        setStarting(false);
      }
    },
    [id, flush, document, mutateAsync, navigate, onInvalid],
  );

  const { mutate } = cancelRun;
  const cancel = useCallback(() => {
    if (run_id)
      mutate({ id: run_id }, { onError: (failure) => toast.error(`The run could not be stopped: ${failure.message}`) });
  }, [run_id, mutate]);

  const toggle = useCallback(() => {
    if (active) {
      cancel();
      return;
    }
    const { history, types } = editor.getState();
    const inputs = runInputs(history.doc.graph, types);
    if (inputs.length > 0) setAsking(inputs);
    else void start({});
  }, [active, cancel, editor, start]);

  return {
    active,
    starting,
    asking,
    stopAsking: () => setAsking(undefined),
    start: (inputs) => void start(inputs),
    cancel,
    toggle,
  };
}
