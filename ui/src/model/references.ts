/** How texts with `{{ expressions }}` name other nodes: `nodes.draft` or `nodes["my-draft"]`; and what follows when an id changes. */
import type { Json, NodeId } from "@/api/generated/types";
import { isObject } from "./ports";

const word = /^[A-Za-z_]\w*$/;

/** `nodes.draft.output`, with brackets where a name is no word. */
export function pathOf(root: string, ...names: readonly string[]): string {
  return names.reduce((path, name) => path + (word.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`), root);
}

/** New ids of nodes, by the old ones. */
export type Renames = ReadonlyMap<NodeId, NodeId>;

/** The value with every expression in its texts naming the nodes by their new ids. The same object when none names one. */
export function withRenamed(value: Json, renames: Renames): Json {
  if (typeof value === "string") return inText(value, renames);
  if (Array.isArray(value)) {
    const next = value.map((entry) => withRenamed(entry, renames));
    return next.some((entry, index) => entry !== value[index]) ? next : value;
  }
  if (!isObject(value)) return value;
  const next = Object.entries(value).map(([name, entry]) => [name, withRenamed(entry, renames)] as const);
  return next.some(([name, entry]) => entry !== value[name]) ? Object.fromEntries(next) : value;
}

/** A whole expression or statement: texts in it may hold what would end it. */
const expression =
  /\{\{(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'])*?\}\}+|\{%(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'])*?%\}/g;
/** A name of a node, or a text, in which nothing is a name. What follows a dot or a word is a field of something else. */
const reference =
  /(?<![\w.])nodes(?:\s*\.\s*(\w+)|\s*\[\s*(?:"([\w-]*)"|'([\w-]*)')\s*\])|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

function inText(text: string, renames: Renames): string {
  if (!text.includes("nodes")) return text;
  return text.replaceAll(expression, (whole) =>
    whole.replaceAll(reference, (found, dotted?: string, double?: string, single?: string) => {
      const to = renames.get(dotted ?? double ?? single ?? "");
      return to === undefined ? found : pathOf("nodes", to);
    }),
  );
}
