/** What can be done to one workflow without opening it. */
import { useNavigate } from "@tanstack/react-router";
import { Copy, Download, EllipsisVertical, History, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { backend, useChange } from "@/api/client";
import { asFailure } from "@/api/failure";
import { Confirm } from "@/kit/Dialog";
import { download } from "@/kit/download";
import { Menu } from "@/kit/Menu";

export async function exportWorkflow(id: string, name: string): Promise<void> {
  try {
    const file = await backend.call("workflows.export", { id });
    const fileName = name.replace(/[^\p{L}\p{N}_-]+/gu, "-").toLowerCase() || "workflow";
    download(`${fileName}.json`, `${JSON.stringify(file, null, 2)}\n`, "application/json");
  } catch (thrown) {
    toast.error(`“${name}” could not be exported: ${asFailure(thrown).message}`);
  }
}

export function RowMenu({ workflow }: { workflow: { id: string; name: string } }) {
  const { id, name } = workflow;
  const navigate = useNavigate();
  const duplicate = useChange("workflows.duplicate");
  const remove = useChange("workflows.delete");
  const [asking, setAsking] = useState(false);
  // The row may be gone before the answer comes, and with it callbacks that belong to the component.
  const removeNow = () =>
    remove.mutateAsync({ id }).then(
      () => toast.success(`“${name}” is deleted`),
      (thrown) => toast.error(`“${name}” could not be deleted: ${asFailure(thrown).message}`),
    );
  return (
    <>
      <Menu
        label={`Actions for ${name}`}
        trigger={<EllipsisVertical size={16} aria-hidden />}
        items={[
          {
            label: "Runs",
            icon: <History size={14} aria-hidden />,
            onSelect: () => void navigate({ to: "/runs", search: { workflow: id } }),
          },
          {
            label: "Duplicate",
            icon: <Copy size={14} aria-hidden />,
            onSelect: () =>
              duplicate.mutate(
                { id },
                { onError: (failure) => toast.error(`“${name}” could not be duplicated: ${failure.message}`) },
              ),
          },
          { label: "Export", icon: <Download size={14} aria-hidden />, onSelect: () => void exportWorkflow(id, name) },
          { label: "Delete…", icon: <Trash2 size={14} aria-hidden />, danger: true, onSelect: () => setAsking(true) },
        ]}
      />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Delete “${name}”?`}
        text="The workflow is deleted and cannot run any more. Its runs can still be looked at. This cannot be undone."
        action="Delete workflow"
        onConfirm={() => void removeNow()}
      />
    </>
  );
}
