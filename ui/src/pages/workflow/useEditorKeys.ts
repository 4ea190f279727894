/** Keys that work anywhere on the editor page, not only on the canvas. */
import { useEffect } from "react";
import { toast } from "sonner";
import { chord, isTyping } from "@/model/keys";
import type { OpenDocument } from "./useDocument";

export function useEditorKeys({ editor, flush }: OpenDocument, toggleRun: () => void, addNode: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const act = actionFor(chord(event), isTyping(event.target));
      if (!act || event.defaultPrevented) return;
      event.preventDefault();
      act();
    };
    const actionFor = (keys: string, typing: boolean): (() => void) | undefined => {
      if (keys === "Mod+Enter") return toggleRun;
      if (keys === "Mod+S")
        return () => void flush().then(() => toast("Changes are saved by themselves as you make them."));
      // In a field these belong to the text.
      if (typing) return undefined;
      if (keys === "/" && document.activeElement === document.body) return addNode;
      if (keys === "Mod+Z") return () => editor.getState().undo();
      if (keys === "Mod+Shift+Z" || keys === "Mod+Y") return () => editor.getState().redo();
      return undefined;
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [editor, flush, toggleRun, addNode]);
}
