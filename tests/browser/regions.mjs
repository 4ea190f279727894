// What is done once for each item of a list: its nodes tell how their passes stand, on the canvas and in the run, and each pass can be
// looked at; their texts are offered the item.
import assert from "node:assert/strict";
import { card, runSays, settings } from "./canvas.mjs";
import { create, edge, node } from "./graphs.mjs";
import { findings } from "./rules.mjs";

export const tests = {
  "the passes of a region are counted and shown one by one": passes,
  "items that failed wait on the run's page until a person decides": quarantine,
};

const greetings = {
  nodes: [
    node("names", "input", { name: "names", value_type: "json" }),
    node("each", "iterator", {}),
    node("greet", "transform", { mode: { type: "template", template: "Hello, {{ item }}!" } }, "Greet"),
    node("all", "aggregator", {}),
    node("letters", "output", { name: "letters" }),
  ],
  edges: [edge("names.value", "each.items"), edge("each.item", "greet.input"), edge("greet.output", "all.items"), edge("all.result", "letters.value")],
  layout: {},
};

async function passes(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  const workflow = await create(server, "Letters", greetings);
  const run = await server.call("runs.start", { workflow_id: workflow, inputs: { names: ["Ada", "Grace", "Jean"] }, wait_ms: 60_000 });
  assert.equal(run.status, "succeeded");
  await page.goto(`${server.url}/workflows/${workflow}?run=${run.id}`);
  await runSays(page, "Succeeded");
  await card(page, "greet").getByText("3 of 3 passes").waitFor();
  assert.equal(await page.locator(".line-done").count(), greetings.edges.length, "every edge was taken");

  const panel = await settings(page, "greet");
  const text = panel.getByLabel(/^Template/);
  await text.press("Control+Space");
  await panel.getByRole("option").getByText("item", { exact: true }).waitFor();
  await stage.screenshot(page, "region");
  await text.press("Escape");
  await panel.getByRole("tab", { name: "This run" }).click();
  await panel.getByText("3 passes: 3 succeeded").waitFor();
  await panel.getByRole("region", { name: "Output" }).getByText("Hello, Jean!").waitFor();
  await panel.getByLabel("Item or turn").fill("1");
  await panel.getByRole("region", { name: "Output" }).getByText("Hello, Grace!").waitFor();
  assert.deepEqual(await findings(page), []);
  await stage.screenshot(page, "region-pass");
}

async function quarantine(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  const careful = structuredClone(greetings);
  careful.nodes[1].config = { on_item_error: "quarantine" };
  careful.nodes[2].config.mode.template = "Hello, {{ item.name }}!";
  const workflow = await create(server, "Letters", careful);
  const names = [{ name: "Ada" }, { nickname: "Amazing Grace" }, { name: "Jean" }, {}];
  const { id } = await server.call("runs.start", { workflow_id: workflow, inputs: { names }, wait_ms: 0 });
  await page.goto(`${server.url}/runs/${id}`);
  const waiting = page.getByRole("region", { name: "Failed items of Iterator" });
  await waiting.getByText("2 items of Iterator failed and wait for you").waitFor();
  await waiting.getByText("Amazing Grace").waitFor();
  assert.deepEqual(await findings(page), []);
  await stage.screenshot(page, "quarantine");

  await waiting.getByRole("button", { name: "Leave out: item 3" }).click();
  await waiting.getByText("1 item of Iterator failed and waits for you").waitFor();
  await waiting.getByRole("button", { name: "Try all again" }).click();
  await waiting.getByText("1 item of Iterator failed and waits for you").waitFor();
  await waiting.getByRole("button", { name: "Leave all out" }).click();
  await page.getByRole("region", { name: "Outputs" }).getByText("Hello, Jean!").waitFor();
  await waiting.waitFor({ state: "hidden" });
}
