// A new node type reaches the palette and gets its form without a line of the UI: shown by the type that only tests have.
import assert from "node:assert/strict";
import { add, card, newWorkflow, runSays, saved, settings } from "./canvas.mjs";

export const tests = {
  "a node type that the UI has never heard of has its place in the palette, its form, and runs": anUnknownType,
};

async function anUnknownType(stage) {
  const server = await stage.server();
  const { types } = await server.call("nodes.list");
  assert.ok(
    types.some((type) => type.kind === "probe"),
    "this server has no node type `probe`: build it with `--features shell-http/probe`",
  );
  const page = await stage.page(server);
  await newWorkflow(page, server, "Misbehaviour");
  await page.getByRole("region", { name: "Utility" }).getByRole("button", { name: "Add Probe" }).waitFor();
  await add(page, "Input", "input");
  await add(page, "Probe", "probe");
  const panel = await settings(page, "probe");
  await panel.getByText("Misbehaves on request.").waitFor();
  const action = panel.getByLabel("Action");
  const offered = await action.locator("option").allTextContents();
  assert.deepEqual(offered, ["Echo", "Panic", "Hang", "Bytes", "Fail", "Count"]);
  await panel.getByText("How long it takes.").waitFor();

  await action.selectOption({ label: "Fail" });
  await panel.getByLabel(/^Code/).fill("odd");
  await panel.getByLabel("Transient").check();
  await panel.getByLabel("Times").fill("7");
  await panel.getByText("Whether another attempt may do better.").waitFor();
  await saved(page);
  await stage.screenshot(page, "probe");
  const id = page.url().match(/workflows\/([^?]+)/)[1];
  const { graph } = await server.call("workflows.get", { id });
  const { config } = graph.nodes.find((node) => node.id === "probe");
  assert.deepEqual(config, { action: { type: "fail", code: "odd", transient: true, times: 7 } });

  await page.keyboard.press("Control+Enter");
  const dialog = page.getByRole("dialog", { name: "Run with" });
  await dialog.getByRole("textbox").fill("anything");
  await page.keyboard.press("Control+Enter");
  await runSays(page, "Failed");
  await card(page, "probe").getByText("the probe fails as it was told to, attempt 1").waitFor();
}
