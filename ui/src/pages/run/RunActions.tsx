/** Stop a run, run the same again, or delete what is left of it. */
import { useNavigate } from "@tanstack/react-router";
import { Play, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { useChange } from "@/api/client";
import { asFailure } from "@/api/failure";
import type { Run } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { Confirm } from "@/kit/Dialog";

export function RunActions({ run, final }: { run: Run; final: boolean }) {
  const navigate = useNavigate();
  const cancel = useChange("runs.cancel");
  const start = useChange("runs.start");
  const remove = useChange("runs.delete");
  const [asking, setAsking] = useState(false);
  // The page is left before the answer comes: it would ask for a run that is gone.
  const removeNow = async () => {
    await navigate({ to: "/runs", search: { workflow: run.workflow_id } });
    await remove.mutateAsync({ id: run.id }).then(
      () => toast.success("The run is deleted"),
      (thrown) => toast.error(`The run could not be deleted: ${asFailure(thrown).message}`),
    );
  };
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
        <>
          <Button look="quiet" onClick={() => setAsking(true)}>
            <Trash2 size={13} aria-hidden /> Delete
          </Button>
          <Button disabled={start.isPending} onClick={again}>
            <Play size={14} aria-hidden /> Run again
          </Button>
          <Confirm
            open={asking}
            onClose={() => setAsking(false)}
            title="Delete this run?"
            text="Its steps, events and outputs are deleted. This cannot be undone."
            action="Delete run"
            onConfirm={() => void removeNow()}
          />
        </>
      )}
    </div>
  );
}
