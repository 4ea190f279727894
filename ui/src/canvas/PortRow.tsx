/** One port of a card: its handle with a target of 24 pixels, its name, and whether it fits the edge being drawn. */
import { Handle, Position } from "@xyflow/react";
import { memo } from "react";
import type { Port } from "@/model/ports";
import { useEditor } from "./context";

interface PortRowProps {
  node: string;
  port: Port;
  side: "input" | "output";
}

/** How a port is named among those that fit an edge being drawn. */
export function portKey(side: "input" | "output", node: string, port: string): string {
  return JSON.stringify([side, node, port]);
}

export const PortRow = memo(function PortRow({ node, port, side }: PortRowProps) {
  const drawing = useEditor(({ connecting }) => {
    if (!connecting) return "idle";
    return connecting.fitting.has(portKey(side, node, port.name)) ? "fits" : "refused";
  });
  const input = side === "input";
  const kind = input ? "input" : "output";
  const need = input && port.required ? ", required" : "";
  return (
    <div
      className={`relative flex min-w-0 items-center ${input ? "pl-3" : "ml-auto pr-3"} ${drawing === "refused" ? "opacity-35" : ""}`}
    >
      <Handle
        id={port.name}
        type={input ? "target" : "source"}
        position={input ? Position.Left : Position.Right}
        isConnectable={!port.missing}
        data-fit={drawing}
        data-missing={port.missing}
        role="button"
        tabIndex={-1}
        aria-label={`${kind} ${port.label}, ${port.type}${need}`}
        title={`${port.label} (${port.type})`}
      />
      <span className={`card-near truncate text-[11.5px] ${port.missing ? "text-bad line-through" : "text-ink-soft"}`}>
        {port.label}
      </span>
    </div>
  );
});
