// Turns src/api/generated/schema.json (the wire contract, written from the Rust types) into TypeScript.
// `node scripts/generate.mjs` writes the files, with `--check` it only says whether they are stale.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = new URL("../src/api/generated/", import.meta.url);

/** The generated files by name, made from the contract document. */
export function generate(contract) {
  const types = Object.entries(contract.$defs).map(([name, schema]) => declaration(name, schema));
  const rows = Object.entries(contract.commands).map(
    ([name, row]) => `  ${JSON.stringify(name)}: { params: ${typeOf(row.params)}; reply: ${typeOf(row.reply)} };`,
  );
  const topics = Object.entries(contract.commands).map(
    ([name, row]) =>
      `  ${JSON.stringify(name)}: { access: ${JSON.stringify(row.access)}, topics: ${JSON.stringify(row.topics)} },`,
  );
  const fits = Object.entries(contract.port_fits).map(([from, to]) => `  ${from}: ${JSON.stringify(to)},`);
  const text = [
    "// Generated from schema.json by scripts/generate.mjs. Do not edit.",
    "export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };",
    ...types,
    `export interface Commands {\n${rows.join("\n")}\n}`,
    "export type CommandName = keyof Commands;",
    "/** Which replies a command reads or makes stale. */",
    `export const commandTopics: Record<CommandName, { access: "reads" | "changes"; topics: readonly Topic[] }> = {\n${topics.join("\n")}\n};`,
    "/** By the type of an output the types of inputs that it may be led to. */",
    `export const portFits: Record<PortType, readonly PortType[]> = {\n${fits.join("\n")}\n};`,
    "",
  ].join("\n\n");
  return {
    "types.ts": text,
    "node-policy.ts": [
      "// Generated from schema.json by scripts/generate.mjs. Do not edit.",
      'import type { Json } from "./types";',
      `export const nodePolicySchema: Json = ${JSON.stringify(contract.node_policy, null, 2)};\n`,
    ].join("\n\n"),
  };
}

function declaration(name, schema) {
  if (name === "Json") return "";
  return `${comment(schema, "")}export type ${name} = ${typeOf(schema)};`;
}

function comment(schema, indent) {
  return schema.description && !schema.$ref
    ? `${indent}/** ${schema.description.replaceAll("\n", " ").replaceAll("*/", "*\\/")} */\n`
    : "";
}

function typeOf(schema, indent = "") {
  const parts = [];
  if (schema.$ref) parts.push(schema.$ref.replace("#/$defs/", ""));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map((choice) => group(typeOf(choice, indent))).join(" | ");
  if (schema.type !== undefined || schema.properties) parts.push(...plain(schema, indent));
  return parts.length === 0 ? "Json" : parts.join(" & ");
}

function plain(schema, indent) {
  const names = Array.isArray(schema.type) ? schema.type : [schema.type ?? "object"];
  const types = names.map((name) => byName(name, schema, indent));
  return [types.length > 1 ? `(${types.join(" | ")})` : types[0]];
}

function byName(name, schema, indent) {
  switch (name) {
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return name;
    case "array":
      return `${group(typeOf(schema.items ?? {}, indent))}[]`;
    case "object":
      return object(schema, indent);
    default:
      throw new Error(`no TypeScript for schema type \`${name}\``);
  }
}

function object(schema, indent) {
  if (schema.properties) {
    const inner = `${indent}  `;
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const mark = schema.required?.includes(name) ? "" : "?";
      return `${comment(field, inner)}${inner}${name}${mark}: ${typeOf(field, inner)};`;
    });
    return `{\n${fields.join("\n")}\n${indent}}`;
  }
  if (typeof schema.additionalProperties === "object")
    return `{ [key: string]: ${typeOf(schema.additionalProperties, indent)} }`;
  return "Record<string, never>";
}

function group(text) {
  return text.includes(" | ") || text.includes(" & ") ? `(${text})` : text;
}

function main() {
  const contract = JSON.parse(readFileSync(new URL("schema.json", folder), "utf8"));
  const stale = [];
  for (const [name, text] of Object.entries(generate(contract))) {
    const file = new URL(name, folder);
    if (process.argv.includes("--check")) {
      let stored = "";
      try {
        stored = readFileSync(file, "utf8");
      } catch {
        stored = "";
      }
      if (stored !== text) stale.push(name);
    } else {
      writeFileSync(file, text);
    }
  }
  if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.join(", ")}; run \`npm run generate\`\n`);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
