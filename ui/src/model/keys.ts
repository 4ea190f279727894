/** The keyboard: the list that the help page is made from; the handlers stand where they act. `Mod` is Ctrl, or Cmd on a Mac. */

export interface Binding {
  readonly keys: string;
  readonly does: string;
}

export const everywhere: readonly Binding[] = [
  { keys: "Mod+K", does: "Command palette" },
  { keys: "?", does: "Show these keys" },
  { keys: "G then W", does: "Go to workflows" },
  { keys: "G then R", does: "Go to runs" },
  { keys: "G then S", does: "Go to settings" },
];

export const inWorkflow: readonly Binding[] = [
  { keys: "Mod+Enter", does: "Run, or stop the run" },
  { keys: "Mod+S", does: "Save now" },
  { keys: "Mod+Z", does: "Undo" },
  { keys: "Ctrl+Space", does: "In a text with expressions: insert a value" },
  { keys: "Mod+Shift+Z", does: "Redo (also Mod+Y)" },
];

export const onCanvas: readonly Binding[] = [
  { keys: "/", does: "Add a node" },
  { keys: "Arrows", does: "Go to the nearest node that way" },
  { keys: "Alt+Arrows", does: "Move the node; with Shift five times as far" },
  { keys: "Enter", does: "Open the node's settings" },
  { keys: "Esc", does: "Close, or clear the selection" },
  { keys: "C", does: "Connect to…" },
  { keys: "X", does: "Disconnect…" },
  { keys: "F2", does: "Rename the node" },
  { keys: "Mod+A", does: "Select all" },
  { keys: "Mod+D", does: "Duplicate" },
  { keys: "Mod+C, Mod+X, Mod+V", does: "Copy, cut, paste" },
  { keys: "Delete", does: "Delete" },
  { keys: "Shift+L", does: "Tidy up the layout" },
  { keys: "Shift+1", does: "Fit everything" },
  { keys: "Shift+2", does: "Fit the selection" },
  { keys: "0", does: "Zoom to 100 %" },
  { keys: "+ and −", does: "Zoom" },
];

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** `Mod+Shift+Z`, `/`, `Alt+ArrowLeft`. Shift is named only for letters, digits and named keys: `?` needs no `Shift+`. */
export function chord(event: Pressed): string {
  const letter = /^[a-z]$/i.test(event.key);
  const key = letter ? event.key.toUpperCase() : event.key;
  const named = letter || event.key.length > 1;
  const parts = [
    event.ctrlKey || event.metaKey ? "Mod" : "",
    event.altKey ? "Alt" : "",
    event.shiftKey && named ? "Shift" : "",
    key,
  ];
  return parts.filter((part) => part !== "").join("+");
}

/** Where letters are text, they are not commands. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select") || target.closest(".cm-editor") !== null)
  );
}
