// The sample of the README, node by node and edge by edge, made on the canvas and in the forms as a person makes it; then run with
// the built-in model on this repository's own texts. It walks the sample's file, so that what is built is the sample whatever it says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  add,
  connect,
  connectToNew,
  describe,
  drop,
  exported,
  newWorkflow,
  runBar,
  runSays,
  saved,
  select,
  settings,
  shownSettings,
  tidyUp,
} from "./canvas.mjs";
import { fillForm, spelledOut } from "./forms.mjs";
import { root } from "./server.mjs";

const digestLimitMs = 120_000;
const policySchema = read("ui/src/api/generated/schema.json").node_policy;

export const tests = {
  "the sample is built by hand, is the sample when exported, runs, and its digest appears": builtByHand,
};

async function builtByHand(stage) {
  const server = await stage.server({ model: true });
  const page = await stage.page(server);
  const types = new Map((await server.call("nodes.list")).types.map((type) => [type.kind, type]));
  const sample = read("examples/release-digest.json");

  await newWorkflow(page, server, "Digest by hand");
  await describe(page, sample.description);
  await build(page, sample, types);
  await stage.screenshot(page, "by-hand-built");
  await page.getByRole("button", { name: "Close panel" }).click();
  await tidyUp(page);
  await page.getByRole("button", { name: "No problems" }).waitFor();
  await saved(page);
  await stage.screenshot(page, "by-hand");

  assert.deepEqual(essence(await exported(page), types), essence(sample, types));
  await runDigest(stage, server, page);
}

/** From left to right, each node with its settings before the next one follows. */
async function build(page, sample, types) {
  for (let times = 0; times < 3; times += 1) await page.getByRole("button", { name: "Zoom Out" }).click();
  for (const [index, node] of sample.nodes.entries()) {
    assert.ok(sample.nodes.every(({ id }) => id !== node.kind), "the canvas names a new node by its kind, so no other may have that id");
    await place(page, sample, node, types);
    if (index === 0) await settings(page, node.kind);
    await rename(page, node);
    await configure(page, node, types);
  }
}

/** Puts the node behind the one that leads to it first, then draws the other edges to it; drops it below the others if none does. */
async function place(page, sample, node, types) {
  const { face } = types.get(node.kind);
  const roots = sample.nodes.filter(({ id }) => sample.edges.every(({ target }) => target !== id));
  const outputOf = ({ source, source_port }) => {
    const outputs = outputsOf(sample.nodes.find(({ id }) => id === source), types);
    const index = outputs.findIndex(({ name }) => name === source_port);
    return { label: outputs[index].label, isFirst: index === 0 };
  };
  const [nearest, ...others] = sample.edges.filter(({ target }) => target === node.id);
  if (!nearest) {
    await drop(page, face.label, node.kind, { x: 120, y: 120 + 250 * roots.indexOf(node) });
    return;
  }
  await select(page, nearest.source);
  if (outputOf(nearest).isFirst) await add(page, face.label, node.kind);
  else await connectToNew(page, [nearest.source, outputOf(nearest).label], face.label, node.kind);
  for (const edge of others) {
    const { label } = face.inputs.find(({ name }) => name === edge.target_port);
    await connect(page, [edge.source, outputOf(edge).label], [node.kind, label]);
  }
}

/** Gives the node that was added last the id that the sample's texts know it by. */
async function rename(page, { id, kind }) {
  const panel = await shownSettings(page, kind);
  await panel.getByLabel("Id", { exact: true }).fill(id);
  await panel.getByLabel("Id", { exact: true }).press("Enter");
  await shownSettings(page, id);
}

/** What the panel beside the canvas asks for; it shows the node that was added last. */
async function configure(page, { id, kind, label, config, policy }, types) {
  const panel = await shownSettings(page, id);
  if (label) await panel.getByLabel("Label", { exact: true }).fill(label);
  await fillForm(panel, `config-${id}`, types.get(kind).config_schema, config);
  if (!policy) return;
  await panel.getByText("Time limit, retry and failure").click();
  await fillForm(panel, `policy-${id}`, policySchema, policy);
}

async function runDigest(stage, server, page) {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run with" });
  await dialog.getByLabel(/^Project/).fill("Made by hand");
  await dialog.getByRole("button", { name: "Run" }).click();
  await runSays(page, "Succeeded", digestLimitMs);

  await runBar(page).getByRole("link", { name: "Open run" }).click();
  const digest = page.getByRole("region", { name: "Outputs" }).getByRole("group", { name: "digest" });
  await digest.getByRole("heading", { name: /^Made by hand \d+\.\d+\.\d+/ }).waitFor();
  await digest.getByText("CHANGELOG.md").waitFor();
  await stage.screenshot(page, "by-hand-run");
  const written = readFileSync(join(server.files, "release-digest.md"), "utf8");
  assert.match(written, /^# Made by hand \d+\.\d+\.\d+[\s\S]*^## In short\n\n- [\s\S]*`CHANGELOG\.md`/m);
}

function outputsOf({ kind, config, policy }, types) {
  const outputs = types.get(kind).face.outputs.flatMap((port) =>
    port.from === "fixed" ? [port] : config[port.field].map(({ name }) => ({ name, label: name })),
  );
  return policy?.on_error.action === "error_port" ? [...outputs, { name: "error", label: "Error" }] : outputs;
}

/** All of a workflow but its name and the places on the canvas. The order of edges counts where they meet. */
function essence({ format, description, nodes, edges }, types) {
  return {
    format,
    description,
    nodes: nodes.map(({ id, kind, label = "", config, policy }) => ({
      id,
      kind,
      label,
      config: spelledOut(types.get(kind).config_schema, config),
      ...(policy ? { policy: spelledOut(policySchema, policy) } : {}),
    })),
    edges: edges.toSorted((one, other) => one.target.localeCompare(other.target)),
  };
}

function read(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}
