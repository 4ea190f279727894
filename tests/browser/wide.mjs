// A workflow that is wider than any screen: it opens where it begins and can be read, `Fit View` goes there and then shows all of it.
import assert from "node:assert/strict";
import { card, runSays } from "./canvas.mjs";
import { chain, create, node } from "./graphs.mjs";
import { findings } from "./rules.mjs";

export const tests = { "a wide workflow opens readable at its beginning, and can be seen whole": wide };

const steps = Array.from({ length: 14 }, (_, index) =>
  node(`step_${index + 1}`, "transform", { mode: { type: "template", template: "{{ input }}!" } }, `Step ${index + 1} of a long way`),
);
const long = chain([node("word", "input", { name: "word", value_type: "text" }), ...steps, node("end", "output", { name: "end" })]);

async function wide(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  const workflow = await create(server, "A long way", long);
  const run = await server.call("runs.start", { workflow_id: workflow, inputs: { word: "on" }, wait_ms: 60_000 });
  await page.goto(`${server.url}/workflows/${workflow}?run=${run.id}`);
  await runSays(page, "Succeeded");

  const canvas = await page.locator(".react-flow").boundingBox();
  const box = (id) => card(page, id).boundingBox();
  const isIn = ({ x, width }) => x >= canvas.x && x + width <= canvas.x + canvas.width;
  assert.ok(isIn(await box("word")), "the beginning is in view");
  assert.ok((await box("word")).width > 100, "a card is not too small to read");
  const large = card(page, "step_1").locator(".card-afar");
  await large.waitFor();
  assert.deepEqual(await findings(page), []);
  await stage.screenshot(page, "wide");

  const fit = page.getByRole("button", { name: "Fit View" });
  await fit.click();
  await until(async () => isIn(await box("end")) && isIn(await box("word")));
  await stage.screenshot(page, "wide-whole");
  await fit.click();
  await until(async () => (await box("word")).width > 100 && isIn(await box("word")));
  await card(page, "word").press("0");
  await large.waitFor({ state: "hidden" });
}

async function until(isTrue) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isTrue()) return;
    await new Promise((next) => setTimeout(next, 50));
  }
  assert.fail("it did not come true");
}
