/** A page broke: a defect of ours, said plainly, with a way on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { FailureNote } from "@/kit/Notes";

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <main className="flex-1">
      <FailureNote
        title="This page broke"
        failure={{ code: "internal", message: error instanceof Error ? error.message : String(error) }}
        onRetry={reset}
      />
    </main>
  );
}
