/** Says what in a value does not fit its schema, by JSON Pointer and in plain words. Uses no `eval`; the server has the last word. */
import { type OutputUnit, type Schema as RawSchema, Validator } from "@cfworker/json-schema";
import type { ErrorSchema, RJSFSchema, ValidatorType } from "@rjsf/utils";
import type { Json } from "@/api/generated/types";
import { writeDuration } from "@/model/duration";
import { resolve, type Schema } from "./prepare";

export type Errors = ReadonlyMap<string, string[]>;

const containers = new Set(["properties", "items", "additionalProperties", "$ref", "allOf", "prefixItems", "false"]);

export function errorsOf(schema: Schema, value: Json | undefined): Errors {
  const errors = new Map<string, string[]>();
  const plain = narrow(schema, value, schema, 0);
  const result = new Validator(plain as RawSchema, "2020-12", false).validate(value ?? null);
  for (const unit of result.errors) {
    if (containers.has(unit.keyword)) continue;
    const place = placeOf(unit);
    const known = errors.get(place) ?? [];
    const said = inPlainWords(unit, place.endsWith("_ms"));
    if (!known.includes(said)) errors.set(place, [...known, said]);
  }
  return errors;
}

export interface FieldNote {
  /** JSON Pointer into the value. */
  readonly place: string;
  readonly message: string;
}

/** The server's words stand where we found nothing ourselves; else one mistake would be told twice. */
export function withNotes(errors: Errors, notes: readonly FieldNote[] = []): Errors {
  const own = new Set(errors.keys());
  const all = new Map(errors);
  for (const { place, message } of notes) if (!own.has(place)) all.set(place, [...(all.get(place) ?? []), message]);
  return all;
}

export function isValid(schema: Schema, value: unknown, root: Schema): boolean {
  try {
    const whole = { ...schema, $defs: { ...root.$defs, ...schema.$defs } };
    return new Validator(whole as RawSchema, "2020-12", true).validate(value ?? null).valid;
  } catch {
    // A schema that cannot be read accepts nothing.
    return false;
  }
}

/** The schema with each choice settled by the value's tag, so that only the chosen option can complain. */
function narrow(schema: Schema, value: unknown, root: Schema, depth: number): Schema {
  const plain = resolve(schema, root);
  if (depth > 12) return {};
  const choices = (plain.oneOf ?? plain.anyOf) as Schema[] | undefined;
  if (choices) {
    const options = choices.map((choice) => resolve(choice, root));
    if (value === undefined || value === null)
      return options.some((option) => option.type === "null") || value === undefined ? {} : plain;
    const chosen =
      options.find((option) => tagFits(option, value)) ?? options.find((option) => isValid(option, value, root));
    if (chosen) return narrow(chosen, value, root, depth + 1);
    return { enum: [] };
  }
  const { $ref: _, $defs: __, ...rest } = plain;
  if (plain.properties && isRecord(value)) {
    const properties = Object.entries(plain.properties).map(([name, property]) => [
      name,
      name in value ? narrow(property as Schema, value[name], root, depth + 1) : {},
    ]);
    return { ...rest, properties: Object.fromEntries(properties), ...extra(plain, value, root, depth) };
  }
  if (isRecord(value)) return { ...rest, ...extra(plain, value, root, depth) };
  if (Array.isArray(value) && typeof plain.items === "object") {
    return {
      ...rest,
      items: undefined,
      prefixItems: value.map((entry) => narrow(plain.items as Schema, entry, root, depth + 1)),
    } as Schema;
  }
  return rest as Schema;
}

function extra(schema: Schema, value: Record<string, unknown>, root: Schema, depth: number): Partial<Schema> {
  if (typeof schema.additionalProperties !== "object") return {};
  const names = Object.keys(value).filter((name) => !(name in (schema.properties ?? {})));
  const added = names.map((name) => [
    name,
    narrow(schema.additionalProperties as Schema, value[name], root, depth + 1),
  ]);
  return { additionalProperties: true, properties: { ...schema.properties, ...Object.fromEntries(added) } };
}

function tagFits(option: Schema, value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(option.properties ?? {}).some(
    ([field, property]) =>
      typeof property === "object" && typeof property.const === "string" && value[field] === property.const,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A missing property is the property's error, not its object's. */
function placeOf({ keyword, error, instanceLocation }: OutputUnit): string {
  const place = instanceLocation.replace(/^#/, "");
  const missing = keyword === "required" ? /"([^"]+)"/.exec(error)?.[1] : undefined;
  return missing === undefined ? place : `${place}/${missing}`;
}

function inPlainWords({ keyword, error }: OutputUnit, isDuration: boolean): string {
  const number = /-?\d+(\.\d+)?(?!.*\d)/.exec(error)?.[0] ?? "";
  const amount = isDuration && number !== "" ? writeDuration(Number(number)) : number;
  switch (keyword) {
    case "required":
      return "This is needed.";
    case "type":
      return `This should be ${/Expected "([^"]+)"/.exec(error)?.[1] ?? "of another type"}.`;
    case "enum":
    case "const":
      return "Choose one of the options.";
    case "minimum":
    case "exclusiveMinimum":
      return `At least ${amount}.`;
    case "maximum":
    case "exclusiveMaximum":
      return `At most ${amount}.`;
    case "minLength":
      return amount === "1" ? "This must not be empty." : `At least ${amount} characters.`;
    case "maxLength":
      return `At most ${amount} characters.`;
    case "minItems":
      return `At least ${amount} entries.`;
    case "maxItems":
      return `At most ${amount} entries.`;
    case "uniqueItems":
      return "Each entry may occur only once.";
    default:
      return error;
  }
}

/** The same errors as the form wants them: a tree beside the value. */
export function asTree(errors: Errors): ErrorSchema {
  const tree: ErrorSchema = {};
  for (const [place, said] of errors) {
    let at = tree as Record<string, unknown>;
    for (const part of place.split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at.__errors = said;
  }
  return tree;
}

/** What the form library itself asks of a validator. */
export const formValidator: ValidatorType = {
  isValid: (schema: RJSFSchema, value, root) => isValid(schema as Schema, value, root as Schema),
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
};
