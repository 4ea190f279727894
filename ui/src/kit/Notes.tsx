/** What a page says when it has nothing, waits, or failed. */
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";

export function Empty({
  icon,
  title,
  text,
  children,
}: {
  icon: ReactNode;
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <div className="mb-1 flex size-11 items-center justify-center rounded-xl bg-accent-soft text-accent">{icon}</div>
      <h2 className="font-semibold text-[15px]">{title}</h2>
      <p className="max-w-md text-[13px] text-ink-soft">{text}</p>
      {children && <div className="mt-3 flex gap-2">{children}</div>}
    </div>
  );
}

export function Waiting({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <div role="status" aria-label={`Loading ${what}`} className="flex flex-col gap-2 p-4">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className="h-9 animate-pulse rounded-md bg-hover" />
      ))}
    </div>
  );
}

interface FailureNoteProps {
  /** What was attempted, such as “The workflows could not be loaded”. */
  title: string;
  failure: { code: string; message: string };
  onRetry?: () => void;
}

export function FailureNote({ title, failure, onRetry }: FailureNoteProps) {
  return (
    <div
      role="alert"
      className="m-4 flex items-start gap-3 rounded-lg border border-bad/40 bg-bad-soft p-3 text-[13px]"
    >
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-ink">{title}</p>
        <p className="break-words text-ink-soft">
          {failure.message} <span className="font-mono text-ink-faint text-xs">{failure.code}</span>
        </p>
      </div>
      {onRetry && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
