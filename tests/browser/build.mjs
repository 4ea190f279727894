// A workflow made by hand and run with the built-in model: the main job of the product, as a person does it.
import assert from "node:assert/strict";
import { add, card, cardSays, connect, drop, newWorkflow, runBar, runSays, saved, settings, textOf, tidyUp } from "./canvas.mjs";

/** The model shares its processors with whatever else the machine does. */
const writingLimitMs = 120_000;

export const tests = {
  "a workflow is built by hand, runs live, survives a reload in mid-run, and shows its result": builtByHand,
};

async function builtByHand(stage) {
  const server = await stage.server({ model: true });
  const page = await stage.page(server);
  await newWorkflow(page, server, "Stories");
  await build(page);
  await page.getByRole("button", { name: "No problems" }).waitFor();
  await saved(page);
  await stage.screenshot(page, "build");

  await run(page, "a lighthouse keeper and a lost sailor");
  const story = await watchThroughReload(stage, server, page);
  await runPage(stage, page, story);

  await page.getByRole("link", { name: "Stories" }).click();
  await run(page, "a bakery");
  await runSays(page, "Succeeded");
  await cardSays(page, "llm", "Skipped");
  await page.getByRole("link", { name: "Open run" }).click();
  await page.getByRole("region", { name: "Outputs" }).getByText("There is no story about a bakery.").waitFor();
}

/** input → router → model or transform → merge → output. */
async function build(page) {
  await add(page, "Input", "input");
  await (await settings(page, "input")).getByLabel("Name", { exact: true }).fill("topic");

  await add(page, "Router", "router");
  const router = await settings(page, "router");
  await router.getByLabel(/^Name/).fill("story");
  await router.getByLabel(/^Text/).fill("lighthouse");
  await router.getByRole("button", { name: "Close panel" }).click();

  for (let times = 0; times < 3; times += 1) await page.getByRole("button", { name: "Zoom Out" }).click();
  await drop(page, "Language model", "llm", { x: 800, y: 230 });
  await drop(page, "Transform", "transform", { x: 800, y: 520 });
  await drop(page, "Merge", "merge", { x: 1020, y: 380 });
  await connect(page, ["router", "story"], ["llm", "Input"]);
  await connect(page, ["router", "Otherwise"], ["transform", "Input"]);
  await connect(page, ["llm", "Response"], ["merge", "Inputs"]);
  await connect(page, ["transform", "Output"], ["merge", "Inputs"]);

  const model = await settings(page, "llm");
  await model.getByLabel("Provider").fill("builtin");
  await model.getByLabel("Prompt").fill("Write a long story about {{ input }}.");
  await model.getByLabel("Temperature").fill("0");
  await model.getByLabel("Max tokens").fill("80");
  const transform = await settings(page, "transform");
  await transform.getByLabel("Template", { exact: false }).last().fill("There is no story about {{ input }}.");
  const merge = await settings(page, "merge");
  await merge.getByLabel("Mode").selectOption({ label: "First" });
  await merge.getByRole("button", { name: "Close panel" }).click();
  await add(page, "Output", "output");
  await tidyUp(page);
  assert.equal(await page.locator(".react-flow__edge").count(), 6);
}

async function run(page, topic) {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run with" });
  await dialog.getByLabel(/^topic/i).fill(topic);
  await dialog.getByRole("button", { name: "Run" }).click();
}

/** Watches the text grow, reloads, and finds states and text as they were. Gives back what stood there. */
async function watchThroughReload(stage, server, page) {
  await cardSays(page, "llm", "Running");
  const shown = card(page, "llm").locator("p");
  const first = await textOf(shown, (text) => text.length > 20, writingLimitMs);
  await textOf(shown, (text) => text !== first, writingLimitMs);
  const streamed = page.getByRole("region", { name: "Streamed so far" }).getByRole("group", { name: "text" }).locator("pre");
  // The model holds its breath: a fast machine would be done before the page stands again.
  const model = server.modelProcess();
  process.kill(model, "SIGSTOP");
  let before;
  try {
    before = await reloadMeanwhile(stage, page, streamed);
  } finally {
    process.kill(model, "SIGCONT");
  }
  await textOf(streamed, (text) => text.length > before.length && text.startsWith(before), writingLimitMs);
  await runSays(page, "Succeeded", writingLimitMs);
  for (const id of ["llm", "merge", "output"]) await cardSays(page, id, "Succeeded");
  return before;
}

async function reloadMeanwhile(stage, page, streamed) {
  await settings(page, "llm");
  await page.getByRole("tab", { name: "This run" }).click();
  const before = await streamed.innerText();
  await stage.screenshot(page, "streaming");

  await page.reload();
  await cardSays(page, "llm", "Running");
  await cardSays(page, "input", "Succeeded");
  await cardSays(page, "router", "Succeeded");
  await cardSays(page, "transform", "Skipped");
  await page.getByRole("tab", { name: "This run" }).click();
  const after = await textOf(streamed, (text) => text.length > 0);
  assert.ok(after.startsWith(before), `after the reload the text is\n${after}\nand before it was\n${before}`);
  return after;
}

/** Each step with what went in, what came out and how long it took. */
async function runPage(stage, page, story) {
  await runBar(page).getByRole("link", { name: "Open run" }).click();
  const outputs = page.getByRole("region", { name: "Outputs" });
  const answer = await outputs.getByRole("group", { name: "result" }).locator("pre").innerText();
  assert.ok(answer.startsWith(story) && answer.length > story.length, `the result is\n${answer}`);
  await page.getByRole("region", { name: "Inputs" }).getByText("a lighthouse keeper and a lost sailor").waitFor();

  const steps = page.getByRole("region", { name: "Steps" });
  const flow = [
    ["Input", undefined, "value"],
    ["Router", "input", "story"],
    ["Language model", "input", "response"],
    ["Merge", "inputs", "output"],
    ["Output", "value", undefined],
  ];
  for (const [name, arrived, left] of flow) {
    const row = steps.getByRole("button", { name: new RegExp(`^${name}\\b`) });
    assert.match(await row.innerText(), /Succeeded[\s\S]*\d+(\.\d+)? (ms|s)/);
    await row.click();
    const detail = page.getByRole("complementary", { name: `Step ${name}` });
    await detail.getByText("Succeeded", { exact: true }).waitFor();
    if (arrived) await detail.getByRole("region", { name: "Input" }).getByRole("group", { name: arrived, exact: true }).waitFor();
    if (left) await detail.getByRole("region", { name: "Output" }).getByRole("group", { name: left, exact: true }).waitFor();
  }
  await steps.getByRole("button", { name: /^Transform\b.*Skipped/s }).waitFor();
  await stage.screenshot(page, "run");
}
