/** The inputs of a generated form, each bound to one value of a simple type. */
import type { WidgetProps } from "@rjsf/utils";
import { lazy, Suspense, useState } from "react";
import { inputLook, Select, TextArea, TextInput } from "@/kit/Field";
import { readDuration, writeDuration } from "@/model/duration";
import type { Names } from "./names";
import { TemplateInput } from "./TemplateInput";

const CodeEditor = lazy(() => import("@/kit/CodeEditor"));

function described({ id, rawErrors }: WidgetProps) {
  return { "aria-describedby": `${id}__note`, "aria-invalid": (rawErrors?.length ?? 0) > 0 };
}

/** The default shows where nothing was set. */
function hint({ schema, placeholder }: WidgetProps): string {
  const given = schema.default;
  if (given === undefined || given === null || typeof given === "object") return placeholder ?? "";
  return String(given);
}

function Text(props: WidgetProps) {
  const { id, value, onChange } = props;
  return (
    <TextInput
      id={id}
      value={typeof value === "string" ? value : ""}
      placeholder={hint(props)}
      onChange={(event) => onChange(event.target.value)}
      {...described(props)}
    />
  );
}

function NumberInput(props: WidgetProps) {
  const { id, value, onChange, schema } = props;
  return (
    <TextInput
      id={id}
      type="number"
      inputMode="numeric"
      step={schema.type === "integer" ? 1 : "any"}
      min={schema.minimum}
      max={schema.maximum}
      value={typeof value === "number" ? value : ""}
      placeholder={hint(props)}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.valueAsNumber)}
      {...described(props)}
    />
  );
}

/** What was typed stays as it is until the field is left. */
function Duration(props: WidgetProps) {
  const { id, value, onChange, schema } = props;
  const [typed, setTyped] = useState<string>();
  const isBroken = typed !== undefined && typed.trim() !== "" && readDuration(typed) === undefined;
  const about = described(props);
  return (
    <>
      <TextInput
        id={id}
        value={typed ?? (typeof value === "number" ? writeDuration(value) : "")}
        placeholder={typeof schema.default === "number" ? writeDuration(schema.default) : "90 s, 5 min, 1 h 30 min"}
        onChange={({ target }) => {
          setTyped(target.value);
          const ms = readDuration(target.value);
          if (ms !== undefined || target.value.trim() === "") onChange(ms);
        }}
        onBlur={() => isBroken || setTyped(undefined)}
        {...about}
        aria-invalid={about["aria-invalid"] || isBroken}
      />
      {isBroken && (
        <p role="alert" className="text-bad text-xs">
          This should be a time such as 90 s, 5 min or 1 h 30 min. The last one that could be read is kept.
        </p>
      )}
    </>
  );
}

function Multiline(props: WidgetProps) {
  const { id, value, onChange } = props;
  return (
    <TextArea
      id={id}
      rows={5}
      value={typeof value === "string" ? value : ""}
      placeholder={hint(props)}
      onChange={(event) => onChange(event.target.value)}
      {...described(props)}
    />
  );
}

function Template(props: WidgetProps) {
  const { id, value, label, onChange, registry } = props;
  return (
    <TemplateInput
      id={id}
      label={label}
      value={typeof value === "string" ? value : ""}
      placeholder={hint(props) || "{{ input }}"}
      names={(registry.formContext as { names?: Names }).names}
      onChange={onChange}
      {...described(props)}
    />
  );
}

function Code(props: WidgetProps) {
  const { id, value, onChange, label, options } = props;
  return (
    <Suspense fallback={<div className={`${inputLook} h-32`} />}>
      <CodeEditor
        id={id}
        label={label}
        json={options.language === "json"}
        value={typeof value === "string" ? value : ""}
        onChange={onChange}
        {...described(props)}
      />
    </Suspense>
  );
}

interface Word {
  value: string;
  label: string;
  help?: string;
}

function Choice(props: WidgetProps) {
  const { id, value, onChange, options, required, schema } = props;
  const words = options.words as Word[];
  const shown = typeof value === "string" ? value : typeof schema.default === "string" ? schema.default : "";
  const known = words.some((word) => word.value === shown);
  const blank = required && shown !== "" && known ? [] : [{ value: "", label: required ? "Choose…" : "Default" }];
  const strange = shown !== "" && !known ? [{ value: shown, label: `${shown} (unknown)` }] : [];
  return (
    <>
      <Select
        id={id}
        value={shown}
        options={[...blank, ...strange, ...words]}
        onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
        {...described(props)}
      />
      <p className="text-ink-faint text-xs">{words.find((word) => word.value === shown)?.help}</p>
    </>
  );
}

function Tick(props: WidgetProps) {
  const { id, value, onChange, label, schema } = props;
  return (
    <label className="flex min-h-6 items-center gap-2 text-[13px]">
      <input
        id={id}
        type="checkbox"
        className="size-4 accent-(--accent)"
        checked={typeof value === "boolean" ? value : schema.default === true}
        onChange={(event) => onChange(event.target.checked)}
        {...described(props)}
      />
      <span className="font-medium">{label}</span>
    </label>
  );
}

export const widgets = {
  TextWidget: Text,
  URLWidget: Text,
  EmailWidget: Text,
  UpDownWidget: NumberInput,
  CheckboxWidget: Tick,
  TextareaWidget: Multiline,
  duration: Duration,
  multiline: Multiline,
  template: Template,
  code: Code,
  choice: Choice,
};
