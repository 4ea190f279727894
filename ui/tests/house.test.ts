/** The order of the house: who may import whom, how long a component may be, and that generated files are fresh. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "../scripts/generate.mjs";

const source = join(import.meta.dirname, "../src");
const floors = ["api", "model", "kit", "forms", "canvas", "pages", "app"];
/** Neighbours on one floor that know nothing of each other. */
const strangers: Record<string, string[]> = { canvas: ["forms"] };
/** The model takes the shapes of the wire, and nothing that talks over it. */
const shapesOnly = ["model", "kit"];

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("api/generated"))
  .map((name) => ({ name, text: readFileSync(join(source, name), "utf8") }));

function imports({ name, text }: { name: string; text: string }): string[] {
  const here = name.split("/").slice(0, -1);
  return [...text.matchAll(/from "([^"]+)"|import\("([^"]+)"\)|^import "([^"]+)"/gm)].flatMap((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? "";
    if (target.startsWith("@/")) return [target.slice(2)];
    return target.startsWith(".") ? [join(...here, target)] : [];
  });
}

describe("the house", () => {
  it("has files on every floor", () => {
    for (const floor of floors) expect(files.some(({ name }) => name.startsWith(`${floor}/`))).toBe(true);
  });

  it("imports downwards only", () => {
    const wrong = files.flatMap((file) => {
      const from = file.name.split("/")[0] ?? "";
      const level = floors.indexOf(from);
      if (level < 0) return [];
      return imports(file)
        .filter((target) => {
          const to = target.split("/")[0] ?? "";
          return (
            floors.indexOf(to) > level ||
            strangers[from]?.includes(to) ||
            (shapesOnly.includes(from) && to === "api" && !target.startsWith("api/generated"))
          );
        })
        .map((target) => `${file.name} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("keeps the model free of React", () => {
    expect(
      files
        .filter(({ name, text }) => name.startsWith("model/") && /from "(react|zustand)/.test(text))
        .map(({ name }) => name),
    ).toEqual([]);
  });

  it("keeps every component within 250 lines and opens every file with what it is for", () => {
    expect(files.filter(({ text }) => text.split("\n").length > 250).map(({ name }) => name)).toEqual([]);
    expect(files.filter(({ text }) => !text.startsWith("/**")).map(({ name }) => name)).toEqual([]);
  });

  it("never asks which type a node is", () => {
    const asking = /\bkind\s*[!=]==?\s*"|case "(input|output|router|transform|llm|note|merge)"/;
    const places = files.filter(({ name }) => /^(canvas|pages|forms)\//.test(name));
    const askers = places.filter(({ text }) => asking.test(text.replaceAll(/(asked\??|save|change)\.kind === "/g, "")));
    expect(askers.map(({ name }) => name)).toEqual([]);
  });

  it("has the icons of all node types at hand, so that no palette loads the whole set", () => {
    const folder = join(import.meta.dirname, "../../crates/nodes/src");
    // The probe is there for tests only.
    const faces = readdirSync(folder).filter((name) => name.endsWith(".rs") && name !== "probe.rs");
    const named = faces.flatMap((name) => [
      ...readFileSync(join(folder, name), "utf8").matchAll(/icon: "([a-z0-9-]+)"/g),
    ]);
    expect(named.length).toBeGreaterThan(10);
    const icons = readFileSync(join(source, "kit/Icon.tsx"), "utf8");
    const missing = named.map(([, icon]) => icon).filter((icon) => !new RegExp(`^  "?${icon}"?: `, "m").test(icons));
    expect(missing).toEqual([]);
  });

  it("has types that fit the contract", () => {
    const folder = join(source, "api/generated");
    const contract = JSON.parse(readFileSync(join(folder, "schema.json"), "utf8"));
    for (const [name, text] of Object.entries(generate(contract)))
      expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  });
});
