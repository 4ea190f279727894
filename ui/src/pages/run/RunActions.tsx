/** Stop a run, or run the same again. */
import { useNavigate } from "@tanstack/react-router";
import { Play, Square } from "lucide-react";
import { toast } from "sonner";
import { useChange } from "@/api/client";
import type { Run } from "@/api/generated/types";
import { Button } from "@/kit/Button";

export function RunActions({ run, final }: { run: Run; final: boolean }) {
  const navigate = useNavigate();
  const cancel = useChange("runs.cancel");
  const start = useChange("runs.start");
  const again = () =>
    start.mutate(
      { workflow_id: run.workflow_id, inputs: run.inputs, wait_ms: 0 },
      {
        onSuccess: ({ id }) => void navigate({ to: "/runs/$id", params: { id } }),
        onError: (failure) => toast.error(`The run could not be started: ${failure.message}`),
      },
    );
  return (
    <div className="ml-auto flex gap-2">
      {!final && (
        <Button
          look="danger"
          disabled={cancel.isPending}
          onClick={() =>
            cancel.mutate(
              { id: run.id },
              { onError: (failure) => toast.error(`The run could not be stopped: ${failure.message}`) },
            )
          }
        >
          <Square size={13} aria-hidden /> Stop
        </Button>
      )}
      {final && (
        <Button disabled={start.isPending} onClick={again}>
          <Play size={14} aria-hidden /> Run again
        </Button>
      )}
    </div>
  );
}
