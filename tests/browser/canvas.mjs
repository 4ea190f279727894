// What a person does on the canvas and sees there, by roles and labels.
import { readFileSync } from "node:fs";
import { patienceMs } from "./browser.mjs";

export async function newWorkflow(page, server, name) {
  await page.goto(server.url);
  await page.getByRole("button", { name: "New workflow" }).first().click();
  await page.getByLabel("Workflow name").fill(name);
}

export function card(page, id) {
  return page.locator(`.react-flow__node[data-id="${id}"]`);
}

/** A click in the palette adds behind the selected node. */
export async function add(page, label, id) {
  await page.getByRole("button", { name: `Add ${label}`, exact: true }).click();
  await card(page, id).waitFor();
}

/** Out of the palette onto the canvas; `at` in pixels from the canvas' corner. */
export async function drop(page, label, id, at) {
  const entry = page.getByRole("button", { name: `Add ${label}`, exact: true });
  await entry.dragTo(page.locator(".react-flow__pane"), { targetPosition: at });
  await card(page, id).waitFor();
}

/** Draws an edge with the mouse; ports by their labels. */
export async function connect(page, [source, output], [target, input]) {
  const edges = page.locator(".react-flow__edge");
  const before = await edges.count();
  const from = card(page, source).getByLabel(new RegExp(`^output ${output}, `));
  await from.dragTo(card(page, target).getByLabel(new RegExp(`^input ${input}, `)));
  await edges.nth(before).waitFor({ state: "attached" });
}

/** Draws an edge to where nothing is, and chooses what is to stand there. */
export async function connectToNew(page, [source, output], label, id) {
  const edges = page.locator(".react-flow__edge");
  const before = await edges.count();
  const pane = page.locator(".react-flow__pane");
  const [corner, box] = [await pane.boundingBox(), await card(page, source).boundingBox()];
  const beside = { x: box.x + box.width + 60 - corner.x, y: box.y + box.height + 40 - corner.y };
  await card(page, source).getByLabel(new RegExp(`^output ${output}, `)).dragTo(pane, { targetPosition: beside });
  const dialog = page.getByRole("dialog", { name: "Add a node" });
  await dialog.getByRole("combobox").fill(label);
  await dialog.getByRole("option", { name: new RegExp(`^${label}`) }).click();
  await card(page, id).waitFor();
  await edges.nth(before).waitFor({ state: "attached" });
}

/** By the head of its card, so that no port is caught. */
const head = { position: { x: 80, y: 15 } };

export async function select(page, id) {
  await card(page, id).click(head);
}

/** Opens the panel beside the canvas, with this node's form in it. */
export async function settings(page, id) {
  await card(page, id).dblclick(head);
  return shownSettings(page, id);
}

/** The panel once it shows this node: when open it follows the selection. */
export async function shownSettings(page, id) {
  const panel = page.getByRole("complementary", { name: /^Settings of / });
  await panel.locator("header p").getByText(id, { exact: true }).waitFor();
  await panel.locator(`[id^="config-${id}_"]`).first().waitFor();
  return panel;
}

export async function describe(page, text) {
  await choose(page, "Description…");
  const dialog = page.getByRole("dialog", { name: "Description" });
  await dialog.getByRole("textbox").fill(text);
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** The file that the browser is given. */
export async function exported(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), choose(page, "Export")]);
  return JSON.parse(readFileSync(await file.path(), "utf8"));
}

async function choose(page, item) {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

export async function tidyUp(page) {
  await choose(page, "Tidy up the layout");
  await page.getByRole("button", { name: "Fit View" }).click();
}

export async function saved(page) {
  await page.getByRole("status", { name: "Saving" }).getByText("Saved", { exact: true }).waitFor();
}

export function runBar(page) {
  return page.getByRole("region", { name: "Run", exact: true });
}

export async function cardSays(page, id, text, timeout = patienceMs) {
  await card(page, id).getByText(text, { exact: true }).waitFor({ timeout });
}

export async function runSays(page, text, timeout = patienceMs) {
  await runBar(page).getByText(text, { exact: true }).waitFor({ timeout });
}

/** Waits until an element holds a text that fits, and gives it back. */
export async function textOf(locator, fits, timeout = patienceMs) {
  const begun = Date.now();
  let text = "";
  while (Date.now() - begun < timeout) {
    text = await locator.innerText();
    if (fits(text)) return text;
    await locator.page().evaluate(() => new Promise((next) => requestAnimationFrame(next)));
  }
  throw new Error(`after ${timeout / 1000} s the text is still: ${text}`);
}
