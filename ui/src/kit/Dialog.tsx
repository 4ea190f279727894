/** Dialogs over the page. What draws them is loaded when the first one opens. */
import { lazy, Suspense, useRef } from "react";
import type { ConfirmProps, DialogProps } from "./DialogBase";

const LazyDialog = lazy(() => import("./DialogBase").then((base) => ({ default: base.Dialog })));
const LazyConfirm = lazy(() => import("./DialogBase").then((base) => ({ default: base.Confirm })));

export function Dialog(props: DialogProps) {
  return useOpened(props.open) ? (
    <Suspense>
      <LazyDialog {...props} />
    </Suspense>
  ) : null;
}

export function Confirm(props: ConfirmProps) {
  return useOpened(props.open) ? (
    <Suspense>
      <LazyConfirm {...props} />
    </Suspense>
  ) : null;
}

/** True from the first opening on, so that closing can still give the focus back. */
function useOpened(open: boolean): boolean {
  const opened = useRef(open);
  opened.current ||= open;
  return opened.current;
}
