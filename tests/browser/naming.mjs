// What things are called: an id is changed in a node's panel and every text follows; names are chosen from a list, with the values that
// they had in the last run; nodes without a label go by the name that the run knows them by.
import assert from "node:assert/strict";
import { card, saved, settings, shownSettings } from "./canvas.mjs";
import { create, edge, greeting, node } from "./graphs.mjs";
import { findings } from "./rules.mjs";

export const tests = {
  "an id is changed with the keyboard, every text follows, and one undo takes it back": renaming,
  "what came out earlier is chosen from a list that shows its last value": choosing,
};

const letter = {
  ...greeting,
  nodes: [...greeting.nodes, node("shout", "transform", { mode: { type: "template", template: "{{ nodes.say.output | upper }}" } })],
  edges: [...greeting.edges, edge("say.output", "shout.input")],
  layout: { ...greeting.layout, shout: { x: 640, y: 240 } },
};

async function renaming(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  const workflow = await create(server, "Letter", letter);
  await page.goto(`${server.url}/workflows/${workflow}`);
  const panel = await settings(page, "say");
  const id = panel.getByLabel("Id", { exact: true });

  await id.fill("shout");
  await panel.getByText("Another node has the id shout.").waitFor();
  await id.fill("my greeting");
  await panel.getByText("Only the letters A to Z").waitFor();
  assert.deepEqual(await findings(page), []);
  await stage.screenshot(page, "id-refused");
  await id.press("Escape");
  assert.equal(await id.inputValue(), "say");

  await id.fill("greet");
  await id.press("Enter");
  await card(page, "greet").waitFor();
  await shownSettings(page, "greet");
  assert.equal(await id.evaluate((input) => input === document.activeElement), true, "the focus stays in the field");
  await saved(page);
  await page.getByRole("button", { name: "No problems" }).waitFor();
  const template = async () => {
    const { graph } = await server.call("workflows.get", { id: workflow });
    return graph.nodes.find((one) => one.id === "shout").config.mode.template;
  };
  assert.equal(await template(), "{{ nodes.greet.output | upper }}");
  assert.match(page.url(), /node=greet/);

  await page.getByRole("button", { name: /^Undo/ }).click();
  await shownSettings(page, "say");
  await saved(page);
  assert.equal(await template(), "{{ nodes.say.output | upper }}");
  await panel.getByLabel("Label", { exact: true }).fill("Be polite!");
  await panel.getByRole("button", { name: "Take the id from the label: be_polite" }).click();
  await shownSettings(page, "be_polite");
  await page.reload();
  await shownSettings(page, "be_polite");
  await saved(page);
  assert.equal(await template(), "{{ nodes.be_polite.output | upper }}");
}

async function choosing(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  const workflow = await create(server, "Letter", letter);
  await page.goto(`${server.url}/workflows/${workflow}`);
  await card(page, "name").locator(".card-near").getByText("name", { exact: true }).waitFor();
  await card(page, "greeting").locator(".card-near").getByText("greeting", { exact: true }).waitFor();
  const panel = await settings(page, "shout");
  const text = panel.getByLabel(/^Template/);
  const offers = panel.getByRole("listbox", { name: "Values to insert" });

  await text.fill("");
  await text.pressSequentially("So: {{");
  await offers.getByRole("option", { selected: true }).getByText("What arrives here").waitFor();
  await panel.getByText("Run the workflow once to see values here.").waitFor();
  await text.press("Escape");
  await text.fill("");

  await server.call("runs.start", { workflow_id: workflow, inputs: { name: "Ada" }, wait_ms: 60_000 });
  await text.pressSequentially("So: {{ gree");
  await offers.getByRole("option", { selected: true }).getByText("nodes.say.output").waitFor();
  await panel.getByText("Hello, Ada!", { exact: true }).waitFor();
  assert.deepEqual(await findings(page), []);
  await stage.screenshot(page, "offers");
  await text.press("Enter");
  assert.equal(await text.inputValue(), "So: {{ nodes.say.output }}");
  await text.pressSequentially(" from ");
  await panel.getByRole("button", { name: "Insert a value into Template" }).click();
  await offers.getByText("inputs.name").click();
  assert.equal(await text.inputValue(), "So: {{ nodes.say.output }} from {{ inputs.name }}");
  await page.getByRole("button", { name: "No problems" }).waitFor();
}
