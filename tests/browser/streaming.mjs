// A text that the built-in model writes, watched while it grows, lost from sight by a reload, found again; and the way that each value
// took through branches, step by step.
import assert from "node:assert/strict";
import { card, cardSays, runBar, runSays, settings, textOf } from "./canvas.mjs";
import { create, edge, node } from "./graphs.mjs";

/** The model shares its processors with whatever else the machine does. */
const writingLimitMs = 120_000;

export const tests = {
  "a run's text is watched as it grows, survives a reload in mid-run, and stands among its steps": watchedText,
};

async function watchedText(stage) {
  const server = await stage.server({ model: true });
  const page = await stage.page(server);
  const id = await create(server, "Stories", stories);
  await page.goto(`${server.url}/workflows/${id}`);
  await page.getByRole("button", { name: "No problems" }).waitFor();

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

const model = { provider: "builtin", prompt: "Write a long story about {{ input }}.", temperature: 0, max_tokens: 80 };
const lighthouse = { name: "story", when: { type: "contains", text: "lighthouse" } };

/** input → router → model or transform → merge → output. */
const stories = {
  nodes: [
    node("input", "input", { name: "topic" }),
    node("router", "router", { branches: [lighthouse] }),
    node("llm", "llm", model),
    node("transform", "transform", { mode: { type: "template", template: "There is no story about {{ input }}." } }),
    node("merge", "merge", { mode: { type: "first" } }),
    node("output", "output", { name: "result" }),
  ],
  edges: [
    edge("input.value", "router.input"),
    edge("router.story", "llm.input"),
    edge("router.otherwise", "transform.input"),
    edge("llm.response", "merge.inputs"),
    edge("transform.output", "merge.inputs"),
    edge("merge.output", "output.value"),
  ],
};

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
    ["topic", undefined, "value"],
    ["Router", "input", "story"],
    ["Language model", "input", "response"],
    ["Merge", "inputs", "output"],
    ["result", "value", undefined],
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
