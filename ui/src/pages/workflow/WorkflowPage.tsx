/** The page of one workflow: palette, canvas, and beside them what belongs to the chosen node. */
import { getRouteApi } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo } from "react";
import { toast } from "sonner";
import { useCommand } from "@/api/client";
import { onEvent } from "@/api/connection";
import type { Workflow } from "@/api/generated/types";
import { CanvasProvider, useWatch } from "@/canvas/context";
import { useTitle } from "@/kit/hooks";
import { FailureNote, Waiting } from "@/kit/Notes";
import { type Types, typesOf } from "@/model/ports";
import { EditorView } from "./EditorView";
import { useDocument } from "./useDocument";

const route = getRouteApi("/workflows/$id");

export function WorkflowPage() {
  const { id } = route.useParams();
  const workflow = useCommand("workflows.get", { id });
  const catalogue = useCommand("nodes.list", {});
  const types = useMemo(() => typesOf(catalogue.data?.types ?? []), [catalogue.data]);
  const failed = workflow.error ?? catalogue.error;
  const again = () => {
    void workflow.refetch();
    void catalogue.refetch();
  };
  if (workflow.data && catalogue.data) return <Opened key={id} workflow={workflow.data} types={types} />;
  if (failed) return <FailureNote title="The workflow could not be opened" failure={failed} onRetry={again} />;
  return <Waiting what="workflow" rows={6} />;
}

function Opened({ workflow, types }: { workflow: Workflow; types: Types }) {
  useTitle(workflow.name);
  const { run } = route.useSearch();
  const document = useDocument(workflow, types);
  useGone(workflow);
  useEffect(prefetchForms, []);
  const watch = useWatch(run);
  return (
    <CanvasProvider editor={document.editor} watch={watch}>
      <ReactFlowProvider>
        <EditorView id={workflow.id} document={document} watch={watch} />
      </ReactFlowProvider>
    </CanvasProvider>
  );
}

/** Somebody deleted what is open here. */
function useGone({ id, name }: Workflow): void {
  const navigate = route.useNavigate();
  useEffect(
    () =>
      onEvent(({ event, workflow_id }) => {
        if (event.type !== "workflow.deleted" || workflow_id !== id) return;
        toast(`“${name}” was deleted`);
        void navigate({ to: "/" });
      }),
    [id, name, navigate],
  );
}

/** The forms are needed at the first click on a node, not before the canvas stands. */
function prefetchForms(): () => void {
  // Without the server it fails, and the first click loads them.
  const timer = setTimeout(() => void import("@/forms/SchemaForm").catch(() => undefined), 1_500);
  return () => clearTimeout(timer);
}
