// What holds on every page: nothing of the content security policy is broken, no other host is asked (every page of every test is
// watched for both), and people who do not see or do not use a mouse get on. Takes a picture of each page, light and dark.
import assert from "node:assert/strict";
import { runSays, settings } from "./canvas.mjs";
import { create, greeting, node, pause } from "./graphs.mjs";

const grave = new Set(["serious", "critical"]);

export const tests = {
  "the policy stops foreign scripts and requests, and the watch over the pages can fail": theWatch,
  "no page keeps anybody out: light": (stage) => everyPage(stage, "light"),
  "no page keeps anybody out: dark": (stage) => everyPage(stage, "dark"),
};

async function theWatch(stage) {
  const server = await stage.server();
  const page = await stage.page(server, { axe: true });
  await page.goto(server.url);
  await page.getByRole("heading", { name: "No workflows yet" }).waitFor();
  stage.expectNoProblems();
  assert.deepEqual(await findings(page), []);
  const reached = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.head.append(script);
    document.querySelector("main").append(document.createElement("button"));
    const answered = await fetch("http://127.0.0.1:9/").catch(() => undefined);
    return { injected: window.injected === true, answered: answered !== undefined };
  });
  assert.deepEqual(reached, { injected: false, answered: false });
  const [nameless] = await findings(page);
  assert.match(nameless, /^button-name: /);
  const noticed = stage.takeProblems().join("\n");
  assert.match(noticed, /Content Security Policy directive 'script-src/);
  assert.match(noticed, /Content Security Policy directive: "connect-src/);
}

async function everyPage(stage, theme) {
  const server = await stage.server();
  const seen = await seed(server);
  const page = await stage.page(server, { theme, axe: true });
  const look = (name) => inspect(stage, page, `${theme}-${name}`);

  await page.goto(server.url);
  await page.getByRole("link", { name: "Greeting", exact: true }).waitFor();
  await look("list");

  await page.getByRole("link", { name: "Greeting", exact: true }).click();
  await page.getByRole("button", { name: "No problems" }).waitFor();
  await look("canvas");
  await settings(page, "say");
  await look("form");
  await page.goto(`${server.url}/workflows/${seen.workflow}?run=${seen.run}`);
  await runSays(page, "Succeeded");
  await look("canvas-run");

  await page.goto(`${server.url}/runs/${seen.run}?node=say`);
  await page.getByRole("region", { name: "Outputs" }).getByText("Hello, Ada!").waitFor();
  await page.getByRole("region", { name: "Input", exact: true }).getByText("Ada", { exact: true }).waitFor();
  await look("run");
  await page.goto(`${server.url}/runs/${seen.failed}?view=canvas`);
  await page.getByRole("region", { name: "Why it failed" }).waitFor();
  await page.locator(".react-flow__node").first().waitFor();
  await look("run-failed");

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("row").nth(2).waitFor();
  await look("runs");
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("textbox", { name: "Models: model" }).waitFor();
  await look("settings");
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Type a command").waitFor();
  await look("commands");
}

/** A picture of the page, and what axe finds grave. */
async function inspect(stage, page, name) {
  // While something moves or fades, its colours are in between.
  await page.evaluate(async () => {
    const moving = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
  });
  await stage.screenshot(page, name);
  assert.deepEqual(await findings(page), [], name);
}

export async function findings(page) {
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => grave.has(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary})`).join("; ")}`);
}

async function seed(server) {
  const workflow = await create(server, "Greeting", greeting);
  await create(server, "Pause", pause(1));
  const wrong = structuredClone(greeting);
  wrong.nodes[1] = node("say", "transform", { mode: { type: "jq", program: 'error("no such luck")' } }, "Greet");
  const broken = await create(server, "Broken greeting", wrong);
  const run = await server.call("runs.start", { workflow_id: workflow, inputs: { name: "Ada" }, wait_ms: 60_000 });
  const failed = await server.call("runs.start", { workflow_id: broken, inputs: { name: "Ada" }, wait_ms: 60_000 });
  assert.deepEqual([run.status, failed.status], ["succeeded", "failed"]);
  return { workflow, run: run.id, failed: failed.id };
}
