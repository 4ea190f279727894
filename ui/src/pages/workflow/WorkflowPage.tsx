/** The page of one workflow: palette, canvas, and beside them what belongs to the chosen node. */
import { getRouteApi } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo } from "react";
import { useCommand } from "@/api/client";
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
  const watch = useWatch(run);
  return (
    <CanvasProvider editor={document.editor} watch={watch}>
      <ReactFlowProvider>
        <EditorView id={workflow.id} document={document} watch={watch} />
      </ReactFlowProvider>
    </CanvasProvider>
  );
}
