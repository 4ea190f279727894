/** Fields that the form library has no plain counterpart for: enums with data, maps, and any JSON. */
import type { Field, FieldProps, Registry } from "@rjsf/utils";
import { Plus, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Json } from "@/api/generated/types";
import { Button, IconButton } from "@/kit/Button";
import { inputLook, Select, TextInput } from "@/kit/Field";
import { Help } from "@/kit/Help";
import type { Prepared, Schema, Variant } from "./prepare";
import { isValid } from "./validate";

const CodeEditor = lazy(() => import("@/kit/CodeEditor"));

type Values = { [key: string]: Json };

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Which option a value belongs to; the first for no value, -1 for one that fits none. */
export function chosen(variants: readonly Variant[], value: Json | undefined, root: Schema): number {
  if (value === undefined || value === null)
    return Math.max(
      0,
      variants.findIndex((variant) => variant.source.type === "null"),
    );
  const byTag = variants.findIndex(({ tag }) => tag && isValues(value) && value[tag.field] === tag.value);
  return byTag >= 0
    ? byTag
    : variants.findIndex(
        (variant) => !variant.tag && (isValid(variant.source, value, root) || looksLike(variant.source, value)),
      );
}

/** A value that is not finished yet still belongs to the option of its type. */
function looksLike(schema: Schema, value: Json): boolean {
  if (Array.isArray(value)) return schema.type === "array";
  if (isValues(value))
    return schema.type === "object" && Object.keys(value).every((name) => name in (schema.properties ?? {}));
  if (typeof value === "number") return schema.type === "number" || schema.type === "integer";
  return schema.type === typeof value;
}

/** A value to begin an option with: its tag, what stood in fields of the same name, and the defaults of the rest. */
export function start(variant: Variant, before: Json | undefined): Json | undefined {
  const { schema, source, tag } = variant;
  if (source.type === "null") return undefined;
  if (!tag && source.type !== "object") return firstValue(source);
  const value: Values = tag ? { [tag.field]: tag.value } : {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const kept = isValues(before) ? before[name] : undefined;
    const given = kept ?? (schema.required?.includes(name) ? firstValue(property as Schema) : undefined);
    if (given !== undefined) value[name] = given;
  }
  return value;
}

function firstValue(schema: Schema): Json | undefined {
  if (schema.default !== undefined) return schema.default as Json;
  const [example] = Array.isArray(schema.examples) ? (schema.examples as Json[]) : [];
  if (example !== undefined) return example;
  if ("x-json" in schema) return null;
  switch (schema.type) {
    case "string":
      return schema.enum ? (schema.enum[0] as Json) : "";
    case "integer":
    case "number":
      return schema.minimum && schema.minimum > 0 ? schema.minimum : 1;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return undefined;
  }
}

function schemaField(registry: Registry): Field {
  const { SchemaField } = registry.fields;
  if (!SchemaField) throw new Error("the form library has no field of its own for schemas");
  return SchemaField;
}

function VariantField(props: FieldProps) {
  const { schema, formData, fieldPathId, registry, onChange, errorSchema } = props;
  const variants = (schema as Schema & { "x-variants": Variant[] })["x-variants"];
  const value = (formData ?? schema.default) as Json | undefined;
  const at = chosen(variants, value, registry.rootSchema as Schema);
  const variant = variants[at];
  const SchemaField = schemaField(registry);
  const hasMore =
    variant &&
    variant.source.type !== "null" &&
    (variant.schema.type !== "object" || Object.keys(variant.schema.properties ?? {}).length > 0);
  const choose = (next: string) => {
    const option = variants[Number(next)];
    if (option) onChange(start(option, value), fieldPathId.path, undefined, fieldPathId.$id);
  };
  const options = variants.map((one, index) => ({ value: String(index), label: one.label }));
  return (
    <div className="flex flex-col gap-1.5">
      <Select
        id={fieldPathId.$id}
        aria-describedby={`${fieldPathId.$id}__note`}
        value={String(at)}
        options={at < 0 ? [{ value: "-1", label: "Choose…" }, ...options] : options}
        onChange={(event) => choose(event.target.value)}
      />
      {variant?.help && (
        <p className="text-ink-faint text-xs">
          <Help text={variant.help} />
        </p>
      )}
      {hasMore && (
        <div className="ml-1 border-l-2 pt-1 pl-3">
          <SchemaField
            key={at}
            {...props}
            name={variant.schema.type === "object" ? "" : variant.label}
            required={false}
            schema={variant.schema}
            uiSchema={{ ...variant.ui, "ui:label": false }}
            formData={value}
            errorSchema={errorSchema ?? {}}
          />
        </div>
      )}
    </div>
  );
}

function MapField(props: FieldProps) {
  const { schema, formData, fieldPathId, registry, onChange } = props;
  const entry = (schema as Schema & { "x-entry": Prepared })["x-entry"];
  const SchemaField = schemaField(registry);
  const pairs = Object.entries(isValues(formData) ? formData : {});
  const write = (next: [string, Json | undefined][]) =>
    onChange(Object.fromEntries(next), fieldPathId.path, undefined, fieldPathId.$id);
  const fresh = () => {
    let number = pairs.length + 1;
    while (pairs.some(([name]) => name === `key${number}`)) number += 1;
    return `key${number}`;
  };
  return (
    <div className="flex flex-col gap-1.5">
      {pairs.map(([name, value], index) => (
        // The place in the map stays when the name changes, so that typing keeps its focus.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="flex items-start gap-1.5">
          <TextInput
            aria-label={`Name of entry ${index + 1}`}
            className="w-2/5"
            defaultValue={name}
            onBlur={(event) => {
              const renamed = event.target.value;
              if (renamed !== "" && !pairs.some(([other], at) => at !== index && other === renamed))
                write(pairs.map((pair, at) => (at === index ? [renamed, pair[1]] : pair)));
              else event.target.value = name;
            }}
          />
          <div className="min-w-0 flex-1">
            <SchemaField
              {...props}
              name={name}
              required={false}
              schema={{ title: `Value of ${name}`, ...entry.schema }}
              uiSchema={{ ...entry.ui, "ui:label": false }}
              formData={value}
              errorSchema={{}}
              fieldPathId={{ $id: `${fieldPathId.$id}_${index}`, path: [...fieldPathId.path, name] }}
              onChange={(next: Json | undefined) =>
                write(pairs.map((pair, at) => (at === index ? [pair[0], next] : pair)))
              }
            />
          </div>
          <IconButton label={`Remove ${name}`} onClick={() => write(pairs.filter((_, at) => at !== index))}>
            <Trash2 size={14} aria-hidden />
          </IconButton>
        </div>
      ))}
      <Button
        small
        look="quiet"
        className="self-start"
        onClick={() => write([...pairs, [fresh(), firstValue(entry.schema) ?? ""]])}
      >
        <Plus size={14} aria-hidden /> Add entry
      </Button>
    </div>
  );
}

function JsonField({ formData, fieldPathId, onChange, name, schema }: FieldProps) {
  const [text, setText] = useState(() => (formData === undefined ? "" : JSON.stringify(formData, null, 2)));
  const [broken, setBroken] = useState(false);
  const read = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : JSON.parse(next), fieldPathId.path, undefined, fieldPathId.$id);
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <div className="flex flex-col gap-1">
      <Suspense fallback={<div className={`${inputLook} h-16`} />}>
        <CodeEditor
          id={fieldPathId.$id}
          label={schema.title ?? name}
          json
          value={text}
          onChange={read}
          aria-invalid={broken}
        />
      </Suspense>
      {broken && (
        <div className="flex items-start justify-between gap-2">
          <p className="text-bad text-xs">This is not JSON yet; texts need quotes. The last valid value is kept.</p>
          <Button small look="quiet" className="shrink-0" onClick={() => read(JSON.stringify(text))}>
            Take as text
          </Button>
        </div>
      )}
    </div>
  );
}

export const fields = { variants: VariantField, map: MapField, json: JsonField };
