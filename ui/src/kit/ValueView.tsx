/** One value of a run: text as text or Markdown, files by name and size, everything else as a tree of JSON. */
import { Copy, Download, FileText } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { toast } from "sonner";
import type { Json } from "@/api/generated/types";
import { IconButton } from "./Button";
import { download } from "./download";

const Markdown = lazy(() => import("./Markdown"));
const JsonTree = lazy(() => import("./JsonTree"));

/** Beyond this a value is offered for download instead of being drawn whole. */
const drawnCharacters = 200_000;

function looksFormatted(text: string): boolean {
  return /^#{1,4} |^[-*] |^\d+\. |\*\*|```|^\|.+\|$/m.test(text);
}

export function ValueView({ name, value }: { name: string; value: Json }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const isText = typeof value === "string";
  const [formatted, setFormatted] = useState(() => isText && looksFormatted(text));
  const shown = text.length > drawnCharacters ? text.slice(0, drawnCharacters) : text;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast.success("Copied"),
      () => toast.error("The browser did not allow copying"),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs, and a landmark for every value would be too many
    <div role="group" aria-label={name} className="overflow-hidden rounded-lg border bg-panel">
      <div className="flex h-8 items-center gap-1 border-b bg-sunken/60 pl-3">
        <div className="min-w-0 flex-1 truncate font-medium text-[12.5px]">{name}</div>
        {isText && (
          <label className="flex items-center gap-1.5 pr-1 text-ink-soft text-xs">
            <input
              type="checkbox"
              className="accent-(--accent)"
              checked={formatted}
              onChange={(event) => setFormatted(event.target.checked)}
            />
            Markdown
          </label>
        )}
        <IconButton label={`Copy ${name}`} className="size-7" onClick={copy}>
          <Copy size={13} aria-hidden />
        </IconButton>
        <IconButton
          label={`Download ${name}`}
          className="size-7"
          onClick={() =>
            download(`${name}.${isText ? "txt" : "json"}`, text, isText ? "text/plain" : "application/json")
          }
        >
          <Download size={13} aria-hidden />
        </IconButton>
      </div>
      <div className="max-h-96 overflow-auto p-3">
        {isText && formatted && (
          <Suspense fallback={<Plain text={shown} />}>
            <Markdown text={shown} />
          </Suspense>
        )}
        {isText && !formatted && <Plain text={shown} />}
        {!isText && text.length <= drawnCharacters && <Tree value={value} text={shown} />}
        {!isText && text.length > drawnCharacters && <Plain text={shown} code />}
        {text.length > drawnCharacters && (
          <p className="mt-2 text-ink-faint text-xs">The rest is left out here. Download it to see all of it.</p>
        )}
      </div>
    </div>
  );
}

function Plain({ text, code = false }: { text: string; code?: boolean }) {
  if (text === "") return <p className="text-[13px] text-ink-faint">Empty text</p>;
  return (
    <pre
      className={`whitespace-pre-wrap break-words ${code ? "font-mono text-xs" : "max-w-[80ch] font-sans text-[13px] leading-5.5"}`}
    >
      {text}
    </pre>
  );
}

function Tree({ value, text }: { value: Json; text: string }) {
  if (typeof value !== "object" || value === null) return <Plain text={text} code />;
  if (!Array.isArray(value) && typeof value.$blob === "string") return <Blob blob={value} />;
  return (
    <Suspense fallback={<Plain text={text} code />}>
      <JsonTree value={value} />
    </Suspense>
  );
}

function Blob({ blob }: { blob: { [key: string]: Json } }) {
  const bytes = typeof blob.bytes === "number" ? `${blob.bytes.toLocaleString()} bytes` : "";
  return (
    <p className="flex items-center gap-2 text-[13px]">
      <FileText size={15} aria-hidden className="text-ink-faint" />
      <span className="font-medium">{typeof blob.name === "string" ? blob.name : "File"}</span>
      <span className="text-ink-faint">
        {[blob.mime, bytes].filter((part) => typeof part === "string" && part !== "").join(", ")}
      </span>
    </p>
  );
}

export function Values({ values, empty }: { values: { [name: string]: Json }; empty: string }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return <p className="text-[13px] text-ink-faint">{empty}</p>;
  return (
    <div className="flex flex-col gap-2">
      {entries.map(([name, value]) => (
        <ValueView key={name} name={name} value={value} />
      ))}
    </div>
  );
}
