// What a person does on the canvas and sees there, by roles and labels.
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

/** The panel beside the canvas, with this node's form in it. */
export async function settings(page, id) {
  await card(page, id).dblclick({ position: { x: 80, y: 15 } });
  const panel = page.getByRole("complementary", { name: /^Settings of / });
  await panel.locator(`[id^="config-${id}"]`).first().waitFor();
  return panel;
}

export async function tidyUp(page) {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Tidy up the layout" }).click();
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
