/** A menu behind one button. Until the menu is loaded its button stands there alone. */
import { lazy, Suspense } from "react";
import type { MenuProps } from "./MenuBase";

const LazyMenu = lazy(() => import("./MenuBase"));

export const menuButton =
  "inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-hover hover:text-ink data-[popup-open]:bg-hover";

export function Menu(props: MenuProps) {
  const button = (
    <button
      type="button"
      aria-label={props.label}
      aria-haspopup="menu"
      disabled
      className={props.className ?? menuButton}
    >
      {props.trigger}
    </button>
  );
  return (
    <Suspense fallback={button}>
      <LazyMenu {...props} />
    </Suspense>
  );
}
