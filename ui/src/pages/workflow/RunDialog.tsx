/** Asks for what a run needs, one field per input of the workflow. The last answers are offered again. */
import { Play } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Json } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { Dialog } from "@/kit/Dialog";
import { Field, Select, TextArea, TextInput } from "@/kit/Field";
import { asText, fromText, isPlainText, type RunInput } from "@/model/run-inputs";

interface RunDialogProps {
  inputs: readonly RunInput[];
  workflow_id: string;
  onClose: () => void;
  onStart: (inputs: { [name: string]: Json }) => void;
}

type Texts = { [name: string]: string };

export function RunDialog({ inputs, workflow_id, onClose, onStart }: RunDialogProps) {
  const [texts, setTexts] = useState<Texts>(() => ({ ...defaults(inputs), ...remembered(workflow_id, inputs) }));
  const [tried, setTried] = useState(false);
  const errors = new Map(inputs.map((input) => [input.name, problem(input, texts[input.name] ?? "")]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if ([...errors.values()].some((error) => error !== undefined)) return;
    sessionStorage.setItem(storageKey(workflow_id), JSON.stringify(texts));
    onStart(values(inputs, texts));
  };
  return (
    <Dialog open onClose={onClose} title="Run with" description="These values are the run's inputs.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        {inputs.map((input, index) => (
          <InputField
            key={input.name}
            input={input}
            first={index === 0}
            text={texts[input.name] ?? ""}
            error={tried ? errors.get(input.name) : undefined}
            onChange={(text) => setTexts((before) => ({ ...before, [input.name]: text }))}
            onSubmit={submit}
          />
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            <Play size={14} aria-hidden /> Run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface InputFieldProps {
  input: RunInput;
  first: boolean;
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
  onSubmit: (event: FormEvent) => void;
}

function InputField({ input, first, text, error, onChange, onSubmit }: InputFieldProps) {
  const { value_type } = input;
  return (
    <Field label={input.label} help={input.help} required={input.required} errors={error ? [error] : []}>
      {(ids) => {
        if (value_type === "boolean") {
          return (
            <Select
              {...ids}
              autoFocus={first}
              value={text}
              onChange={(event) => onChange(event.target.value)}
              options={[
                ...(input.required ? [] : [{ value: "", label: "Not given" }]),
                { value: "true", label: "True" },
                { value: "false", label: "False" },
              ]}
            />
          );
        }
        if (value_type === "number")
          return (
            <TextInput
              {...ids}
              autoFocus={first}
              inputMode="decimal"
              value={text}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        return (
          <TextArea
            {...ids}
            autoFocus={first}
            rows={isPlainText(value_type) ? 3 : 6}
            className={isPlainText(value_type) ? "" : "font-mono text-xs"}
            value={text}
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.stopPropagation();
              onSubmit(event);
            }}
          />
        );
      }}
    </Field>
  );
}

function defaults(inputs: readonly RunInput[]): Texts {
  return Object.fromEntries(
    inputs.map((input) => [
      input.name,
      asText(input.default, input.value_type) || (input.value_type === "boolean" && input.required ? "false" : ""),
    ]),
  );
}

function values(inputs: readonly RunInput[], texts: Texts): { [name: string]: Json } {
  const result: { [name: string]: Json } = {};
  for (const input of inputs) {
    const text = texts[input.name] ?? "";
    const value = text === "" && !isPlainText(input.value_type) ? undefined : fromText(text, input.value_type);
    // What is left empty is left out, so that the node's own default counts.
    if (value !== undefined && (text !== "" || (input.required && input.default === undefined)))
      result[input.name] = value;
  }
  return result;
}

function problem(input: RunInput, text: string): string | undefined {
  const { value_type } = input;
  if (text === "")
    return input.required && input.default === undefined && !isPlainText(value_type) ? "This is needed." : undefined;
  if (fromText(text, value_type) !== undefined) return undefined;
  return value_type === "number" ? "This should be a number." : "This is not valid JSON.";
}

function storageKey(id: string): string {
  return `inputs:${id}`;
}

function remembered(id: string, inputs: readonly RunInput[]): Texts {
  const text = sessionStorage.getItem(storageKey(id));
  if (text === null) return {};
  const texts = JSON.parse(text) as Texts;
  return Object.fromEntries(inputs.flatMap(({ name }) => (texts[name] === undefined ? [] : [[name, texts[name]]])));
}
