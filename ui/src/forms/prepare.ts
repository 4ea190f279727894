/** Turns a JSON Schema as Rust types write it into one that the form draws plainly: references inlined, `null` taken out of
 *  optional fields, choices of constants made into lists of words, and enums with data made into variants. */
import type { RJSFSchema, UiSchema } from "@rjsf/utils";

export type Schema = RJSFSchema & { "x-widget"?: string; "x-language"?: string };

export interface Variant {
  readonly label: string;
  readonly help?: string;
  /** The tag's value in an enum with data; absent where options differ by their type alone. */
  readonly tag?: { readonly field: string; readonly value: string };
  /** The option as written, for matching values against. */
  readonly source: Schema;
  readonly schema: Schema;
  readonly ui: UiSchema;
}

export interface Prepared {
  readonly schema: Schema;
  readonly ui: UiSchema;
}

/** What `x-widget` may ask for, and the widget that answers. */
const editors: Record<string, string> = {
  code: "code",
  template: "template",
  multiline: "multiline",
  text_area: "multiline",
};

/** Deeper than this a schema is edited as JSON: it refers to itself. */
const deepest = 8;

export function prepare(schema: Schema, root: Schema = schema, depth = 0): Prepared {
  const { schema: plain, optional } = withoutNull(resolve(schema, root), root);
  if (depth > deepest || isAnything(plain)) return anything(plain);
  const words = constants(plain, root);
  if (words)
    return {
      schema: { ...head(plain), type: "string", enum: words.map((word) => word.value) },
      ui: { "ui:widget": "choice", "ui:options": { words } },
    };
  const choices = plain.oneOf ?? plain.anyOf;
  if (choices && !plain.properties) return variants(plain, choices as Schema[], root, depth, optional);
  if (plain.type === "object" || plain.properties) return object(plain, root, depth, optional);
  if (plain.type === "array") return list(plain, root, depth);
  return { schema: plain, ui: widgetOf(plain) };
}

/** The fields in this order, the others behind them. */
export function ordered({ schema, ui }: Prepared, order: readonly string[] = []): Prepared {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const entries = Object.entries(schema.properties ?? {}).sort(([one], [other]) => place(one) - place(other));
  return schema.properties ? { schema: { ...schema, properties: Object.fromEntries(entries) }, ui } : { schema, ui };
}

/** Follows `$ref`; what stands beside the reference wins. */
export function resolve(schema: Schema, root: Schema): Schema {
  let at = schema;
  for (let hops = 0; at.$ref && hops < 20; hops += 1) {
    const { $ref, ...beside } = at;
    at = { ...lookUp($ref, root), ...beside };
  }
  return at;
}

function lookUp(pointer: string, root: Schema): Schema {
  let at: unknown = root;
  for (const part of pointer.replace(/^#\/?/, "").split("/")) {
    if (part !== "")
      at = (at as Record<string, unknown> | undefined)?.[
        decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
      ];
  }
  return typeof at === "object" && at !== null ? (at as Schema) : {};
}

function isNull(schema: Schema): boolean {
  return schema.type === "null" || schema.const === null;
}

function withoutNull(schema: Schema, root: Schema): { schema: Schema; optional: boolean } {
  if (Array.isArray(schema.type) && schema.type.includes("null")) {
    const types = schema.type.filter((type) => type !== "null");
    return { schema: { ...schema, type: types.length === 1 ? types[0] : types }, optional: true };
  }
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (!choices?.some(isNull)) return { schema, optional: false };
  const rest = choices.filter((choice) => !isNull(choice));
  const { anyOf: _, oneOf: __, ...beside } = schema;
  if (rest.length === 1 && rest[0]) return { schema: { ...resolve(rest[0], root), ...beside }, optional: true };
  return { schema: { ...beside, oneOf: rest }, optional: true };
}

function isAnything(schema: Schema): boolean {
  const says = ["type", "properties", "oneOf", "anyOf", "allOf", "enum", "const", "items"];
  return !says.some((key) => key in schema) || Array.isArray(schema.type);
}

interface Word {
  value: string;
  label: string;
  help?: string;
}

/** The words of an enum without data, each with what it means. */
function constants(schema: Schema, root: Schema): Word[] | undefined {
  if (schema.enum?.every((value) => typeof value === "string")) return schema.enum.map((value) => word(String(value)));
  const choices = (schema.oneOf ?? schema.anyOf)?.map((choice) => resolve(choice as Schema, root));
  if (!choices?.every((choice) => typeof choice.const === "string" || (choice.enum && choice.type === "string")))
    return undefined;
  return choices.flatMap((choice) =>
    typeof choice.const === "string"
      ? [word(choice.const, choice)]
      : (choice.enum ?? []).map((value) => word(String(value))),
  );
}

function word(value: string, said: Schema = {}): Word {
  return { value, label: said.title ?? inWords(value), ...(said.description ? { help: said.description } : {}) };
}

function variants(schema: Schema, choices: Schema[], root: Schema, depth: number, optional: boolean): Prepared {
  const options = choices.map((choice) => variant(resolve(choice, root), root, depth));
  const all = optional ? [none(schema), ...options] : options;
  return { schema: { ...head(schema), "x-variants": all } as Schema, ui: { "ui:field": "variants" } };
}

function variant(source: Schema, root: Schema, depth: number): Variant {
  const tag = tagOf(source);
  const prepared = prepare(source, root, depth + 1);
  const label =
    source.title ?? inWords(tag?.value ?? soleProperty(source) ?? String(source.const ?? source.type ?? "value"));
  const help = source.description ? { help: source.description } : {};
  if (!tag) return { label, ...help, source, ...prepared };
  const { [tag.field]: _, ...properties } = prepared.schema.properties ?? {};
  const required = prepared.schema.required?.filter((name) => name !== tag.field);
  const { description: __, title: ___, ...rest } = prepared.schema;
  return {
    label,
    ...help,
    tag,
    source,
    schema: { ...rest, properties, ...(required ? { required } : {}) } as Schema,
    ui: prepared.ui,
  };
}

function none(schema: Schema): Variant {
  return {
    label: schema.default === undefined || schema.default === null ? "Off" : "Default",
    source: { type: "null" },
    schema: { type: "null" },
    ui: {},
  };
}

function tagOf(schema: Schema): Variant["tag"] {
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const value = typeof property === "object" ? property.const : undefined;
    if (typeof value === "string" && schema.required?.includes(field)) return { field, value };
  }
  return undefined;
}

function soleProperty(schema: Schema): string | undefined {
  return schema.required?.length === 1 ? schema.required[0] : undefined;
}

function object(schema: Schema, root: Schema, depth: number, optional: boolean): Prepared {
  if (optional) {
    const present = variant(schema, root, depth);
    const on = {
      ...present,
      label: "On",
      schema: { ...present.schema, title: undefined, description: undefined } as Schema,
    };
    return { schema: { ...head(schema), "x-variants": [none(schema), on] } as Schema, ui: { "ui:field": "variants" } };
  }
  const ui: UiSchema = {};
  const properties: Record<string, Schema> = {};
  const needed = (name: string) => (schema.required?.includes(name) ? 0 : 1);
  const entries = Object.entries(schema.properties ?? {}).sort(([one], [other]) => needed(one) - needed(other));
  for (const [name, property] of entries) {
    const plain = prepare(property === true ? {} : (property as Schema), root, depth + 1);
    const prepared = name.endsWith("_ms") ? asDuration(plain) : plain;
    properties[name] = { ...prepared.schema, title: prepared.schema.title ?? inWords(name) } as Schema;
    ui[name] = prepared.ui;
  }
  const result: Schema = { ...head(schema), type: "object", properties };
  if (schema.required) result.required = schema.required;
  if (typeof schema.additionalProperties === "object" && !schema.properties) {
    const entry = prepare(schema.additionalProperties as Schema, root, depth + 1);
    return { schema: { ...head(schema), "x-entry": entry } as Schema, ui: { "ui:field": "map" } };
  }
  if (schema.additionalProperties === true || !schema.properties) {
    return anything(schema);
  }
  return { schema: result, ui };
}

function list(schema: Schema, root: Schema, depth: number): Prepared {
  const prepared = prepare(
    typeof schema.items === "object" && !Array.isArray(schema.items) ? (schema.items as Schema) : {},
    root,
    depth + 1,
  );
  return { schema: { ...head(schema), type: "array", items: prepared.schema }, ui: { items: prepared.ui } };
}

function anything(schema: Schema): Prepared {
  return { schema: { ...head(schema), "x-json": true } as Schema, ui: { "ui:field": "json" } };
}

function widgetOf(schema: Schema): UiSchema {
  if (schema.type === "integer" || schema.type === "number") return { "ui:widget": "updown" };
  const wanted = schema["x-widget"];
  const widget = wanted === undefined ? undefined : editors[wanted];
  return widget === undefined ? {} : { "ui:widget": widget, "ui:options": { language: schema["x-language"] } };
}

/** The form takes and shows durations with their units, whatever unit they are kept in. */
function asDuration({ schema, ui }: Prepared): Prepared {
  if (ui["ui:widget"] !== "updown") return { schema, ui };
  const description = schema.description?.replace(/,? in milliseconds/, "");
  return { schema: { ...schema, ...(description ? { description } : {}) }, ui: { "ui:widget": "duration" } };
}

/** What is said about a field, without its type. */
function head({ title, description, default: given }: Schema): Schema {
  return {
    ...(title ? { title } : {}),
    ...(description ? { description } : {}),
    ...(given === undefined ? {} : { default: given }),
  };
}

/** `max_attempts` as `Max attempts`; a unit at the end goes into brackets, unless it is what is counted. Durations name their own. */
export function inWords(name: string): string {
  const text = name
    .replace(/_ms$/, "")
    .replace(/(?<!^m(?:ax|in))_(bytes|mib|kib|s)$/, " ($1)")
    .replaceAll("_", " ");
  const spelt = text.replace(/\b(json|url|id|http|html|csv|api|ai)\b/g, (word) => word.toUpperCase());
  return spelt.charAt(0).toUpperCase() + spelt.slice(1);
}
