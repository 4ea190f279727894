/** The names on offer below a text, and the value that the marked one had the last time. */
import { useEffect, useRef } from "react";
import type { Offer } from "@/model/offers";
import type { Names } from "./names";

interface NameListProps {
  id: string;
  offers: readonly Offer[];
  /** The marked one. */
  at: number;
  Preview: Names["Preview"];
  onChoose: (offer: Offer) => void;
}

export function NameList({ id, offers, at, Preview, onChoose }: NameListProps) {
  const box = useRef<HTMLDivElement>(null);
  const marked = offers[at];
  useEffect(() => show(box.current), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another entry is marked
  useEffect(() => show(box.current?.querySelector("[aria-selected=true]")), [at]);
  return (
    <div
      ref={box}
      className="absolute inset-x-0 top-full z-20 mt-1 overflow-hidden rounded-lg border border-line-strong/60 bg-panel"
    >
      <div id={id} role="listbox" aria-label="Values to insert" className="max-h-56 overflow-y-auto p-1">
        {offers.map((offer, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the text above, where the focus stays
          <div
            key={offer.name}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className="cursor-pointer rounded-md px-2 py-1 leading-4.5 hover:bg-hover aria-selected:bg-accent-soft"
            // The focus stays in the text.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(offer)}
          >
            <div className="truncate text-[13px]">{offer.label}</div>
            <div className="break-all font-mono text-[11px] text-ink-soft">{offer.name}</div>
          </div>
        ))}
      </div>
      {marked?.kept && (
        // As high as most values, so that one that comes late does not grow out of view.
        <div className="min-h-16 border-t bg-sunken/60 px-3 py-2 text-xs">
          <Preview kept={marked.kept} />
        </div>
      )}
    </div>
  );
}

/** Gives nothing back, unlike the browser: an effect would take that for its end. */
function show(element: Element | null | undefined): void {
  element?.scrollIntoView?.({ block: "nearest" });
}
