// Prints what the browser loads, gzipped, and fails when a first load is over its budget (kilobytes of script and style).
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const budgets = [
  { name: "lists and sign-in", entries: ["index.html"], script: 170, style: 15 },
  { name: "canvas", entries: ["index.html", "src/pages/workflow/WorkflowPage.tsx"], script: 300, style: 25 },
  {
    name: "config panel",
    entries: ["src/forms/SchemaForm.tsx"],
    script: 110,
    style: 15,
    without: ["index.html", "src/pages/workflow/WorkflowPage.tsx"],
  },
  { name: "code editor", entries: ["src/kit/CodeEditor.tsx"], script: 110, style: 15, without: ["index.html"] },
  { name: "Markdown", entries: ["src/kit/Markdown.tsx"], script: 160, style: 15, without: ["index.html"] },
];

let over = false;
for (const budget of budgets) {
  const before = closure(budget.without ?? []);
  const files = [...closure(budget.entries)].filter((file) => !before.has(file));
  const script = kilobytes(files.filter((file) => file.endsWith(".js")));
  const style = kilobytes(files.filter((file) => file.endsWith(".css")));
  const tooBig = script > budget.script || style > budget.style;
  over ||= tooBig;
  process.stdout.write(
    `${budget.name.padEnd(20)} script ${script.toFixed(0).padStart(4)} of ${budget.script} kB, style ${style.toFixed(0).padStart(3)} of ${budget.style} kB, ${files.length} files${tooBig ? "  OVER" : ""}\n`,
  );
}
// What stays in the folder is embedded in the programs; nobody but this script reads the manifest.
rmSync(new URL(".vite", dist), { recursive: true });
process.exitCode = over ? 1 : 0;

/** All files that these manifest entries load at once (static imports, not lazy ones). */
function closure(entries, files = new Set()) {
  for (const name of entries) {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`no chunk \`${name}\` in the manifest`);
    if (files.has(chunk.file)) continue;
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    closure(chunk.imports ?? [], files);
  }
  return files;
}

function kilobytes(files) {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0) / 1000;
}
