/** What a run asks for before it starts: one field for each node whose type marks its config as a run input. */
import type { Json, NodeType, WorkflowGraph } from "@/api/generated/types";
import { isObject, type Types } from "./ports";

/** A config schema with this mark at its root describes `name`, `value_type` and `default` of an input. */
const mark = "x-run-input";

export interface RunInput {
  readonly name: string;
  readonly label: string;
  readonly value_type: string;
  readonly help?: string;
  readonly required: boolean;
  readonly default?: Json;
}

/** The node gives the run one of its inputs, under the config's `name`. */
export function isRunInput({ config_schema }: NodeType): boolean {
  return isObject(config_schema) && config_schema[mark] === true;
}

export function runInputs(graph: WorkflowGraph, types: Types): RunInput[] {
  return graph.nodes.flatMap((node): RunInput[] => {
    const type = types.get(node.kind);
    if (!type || !isRunInput(type) || !isObject(node.config)) return [];
    const { name, value_type, description, required } = node.config;
    const given = node.config.default;
    if (typeof name !== "string" || name === "") return [];
    return [
      {
        name,
        label: node.label || name,
        value_type: typeof value_type === "string" ? value_type : "text",
        required: required !== false,
        ...(typeof description === "string" && description !== "" ? { help: description } : {}),
        ...(given === undefined || given === null ? {} : { default: given }),
      },
    ];
  });
}

/** How a value stands in its text field. */
export function asText(value: Json | undefined, value_type: string): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" && isPlainText(value_type)
    ? value
    : JSON.stringify(value, null, value_type === "number" ? 0 : 2);
}

/** What was typed, as the value it stands for; `undefined` when it does not fit the type. */
export function fromText(text: string, value_type: string): Json | undefined {
  if (isPlainText(value_type)) return text;
  try {
    const value = JSON.parse(text) as Json;
    return isOf(value, value_type) ? value : undefined;
  } catch {
    return value_type === "any" ? text : undefined;
  }
}

export function isPlainText(value_type: string): boolean {
  return value_type === "text" || value_type === "string";
}

function isOf(value: Json, value_type: string): boolean {
  switch (value_type) {
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    default:
      return true;
  }
}
