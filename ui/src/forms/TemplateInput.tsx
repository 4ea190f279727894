/** A text with `{{ expressions }}`. Typing `{{`, Ctrl+Space or the button offers what can be named; the focus stays in the text. */
import { Braces } from "lucide-react";
import { type ChangeEvent, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "@/kit/Button";
import { TextArea } from "@/kit/Field";
import { fitting, inserted, nameStart, type Offer } from "@/model/offers";
import { NameList } from "./NameList";
import type { Names } from "./names";

interface TemplateInputProps {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  names: Names | undefined;
  onChange: (text: string) => void;
  "aria-describedby": string;
  "aria-invalid": boolean;
}

/** A choice under way: what is typed from here to the cursor narrows it. */
interface Choosing {
  readonly from: number;
  readonly cursor: number;
  readonly offers: readonly Offer[];
  readonly at: number;
}

export function TemplateInput({ id, label, value, placeholder, names, onChange, ...aria }: TemplateInputProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const visited = useRef(false);
  const list = useId();
  const [choosing, setChoosing] = useState<Choosing>();
  const [caret, setCaret] = useState<number>();
  const shown = choosing ? fitting(choosing.offers, value.slice(choosing.from, choosing.cursor)) : [];
  const isOpen = choosing !== undefined && shown.length > 0;
  const at = Math.min(choosing?.at ?? 0, shown.length - 1);

  // A text set from outside moves the cursor to its end.
  useLayoutEffect(() => {
    if (caret === undefined) return;
    area.current?.setSelectionRange(caret, caret);
    setCaret(undefined);
  }, [caret]);

  const begin = (from: number, cursor: number) => setChoosing(names && { from, cursor, offers: names.offers(), at: 0 });
  const beginHere = () => {
    // Where nobody has been yet the cursor is said to be at the beginning; people go on at the end.
    const cursor = visited.current ? (area.current?.selectionEnd ?? value.length) : value.length;
    area.current?.focus();
    area.current?.setSelectionRange(cursor, cursor);
    begin(nameStart(value, cursor), cursor);
  };
  const choose = (offer: Offer | undefined) => {
    if (!choosing || !offer) return;
    const next = inserted(value, choosing.from, choosing.cursor, offer.name);
    onChange(next.text);
    setCaret(next.cursor);
    setChoosing(undefined);
  };
  const typed = ({ target }: ChangeEvent<HTMLTextAreaElement>) => {
    const cursor = target.selectionEnd;
    onChange(target.value);
    if (target.value.slice(0, cursor).endsWith("{{")) begin(cursor, cursor);
    else if (choosing) {
      const goesOn = cursor >= choosing.from && !/[}\n]/.test(target.value.slice(choosing.from, cursor));
      setChoosing(goesOn ? { ...choosing, cursor, at: 0 } : undefined);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      beginHere();
      return;
    }
    if (!isOpen) return;
    const act = {
      ArrowDown: () => setChoosing({ ...choosing, at: (at + 1) % shown.length }),
      ArrowUp: () => setChoosing({ ...choosing, at: (at + shown.length - 1) % shown.length }),
      Enter: () => choose(shown[at]),
      Tab: () => choose(shown[at]),
      Escape: () => setChoosing(undefined),
    }[event.key];
    if (!act || event.shiftKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  return (
    <div className="relative">
      <TextArea
        ref={area}
        id={id}
        rows={6}
        className={`font-mono text-xs ${names ? "pr-9" : ""}`}
        value={value}
        placeholder={placeholder}
        onChange={typed}
        onKeyDown={pressed}
        onFocus={() => {
          visited.current = true;
        }}
        onBlur={() => setChoosing(undefined)}
        onClick={() => setChoosing(undefined)}
        aria-autocomplete={names ? "list" : undefined}
        aria-controls={isOpen ? list : undefined}
        aria-activedescendant={isOpen ? `${list}-${at}` : undefined}
        {...aria}
      />
      {names && (
        <IconButton
          label={`Insert a value into ${label}`}
          keys="Ctrl+Space"
          className="absolute top-1 right-1 size-7"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (choosing ? setChoosing(undefined) : beginHere())}
        >
          <Braces size={14} aria-hidden />
        </IconButton>
      )}
      {isOpen && names && <NameList id={list} offers={shown} at={at} Preview={names.Preview} onChoose={choose} />}
    </div>
  );
}
