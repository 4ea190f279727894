/** Keys that work on every page. Letters count only where nobody types. */
import { useEffect, useRef } from "react";
import { chord, isTyping } from "@/model/keys";

export interface GlobalCommands {
  palette(): void;
  help(): void;
  workflows(): void;
  runs(): void;
  settings(): void;
}

/** `G` then a letter, within this time. */
const sequenceMs = 1_200;

export function useGlobalKeys(commands: GlobalCommands): void {
  const current = useRef(commands);
  current.current = commands;
  const begunAt_ms = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const act = actionFor(chord(event), isTyping(event.target));
      if (!act || event.defaultPrevented) return;
      event.preventDefault();
      act();
    };
    const actionFor = (keys: string, typing: boolean): (() => void) | undefined => {
      if (keys === "Mod+K") return current.current.palette;
      if (typing) return undefined;
      if (keys === "?") return current.current.help;
      if (keys === "G") {
        begunAt_ms.current = Date.now();
        return undefined;
      }
      if (Date.now() - begunAt_ms.current > sequenceMs) return undefined;
      begunAt_ms.current = 0;
      return { W: current.current.workflows, R: current.current.runs, S: current.current.settings }[keys];
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
