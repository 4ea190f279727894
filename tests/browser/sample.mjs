// The sample of the README, brought in as a file and run on this repository's own texts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { card, runBar, runSays, saved } from "./canvas.mjs";
import { root } from "./server.mjs";

const digestLimitMs = 120_000;

export const tests = {
  "the sample is imported, runs, and its digest appears": importedAndRun,
};

async function importedAndRun(stage) {
  const server = await stage.server({ model: true });
  const page = await stage.page(server);
  await page.goto(server.url);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Import" }).first().click(),
  ]);
  await chooser.setFiles(join(root, "examples/release-digest.json"));
  await page.waitForURL(/\/workflows\//);
  await saved(page);
  await card(page, "summarise").waitFor();
  await page.getByRole("button", { name: "No problems" }).waitFor();

  await page.getByRole("button", { name: "Run", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Run with" });
  assert.equal(await dialog.getByRole("textbox").inputValue(), "AI Studio");
  await dialog.getByRole("textbox").fill("The sample");
  await dialog.getByRole("button", { name: "Run" }).click();
  await runSays(page, "Succeeded", digestLimitMs);
  await stage.screenshot(page, "sample");

  await runBar(page).getByRole("link", { name: "Open run" }).click();
  const digest = page.getByRole("region", { name: "Outputs" }).getByRole("group", { name: "digest" });
  await digest.getByRole("heading", { name: /^The sample \d+\.\d+\.\d+/ }).waitFor();
  await digest.getByText("CHANGELOG.md").waitFor();
  assert.match(readFileSync(join(server.files, "release-digest.md"), "utf8"), /^# The sample \d+\.\d+\.\d+/);
  await stage.screenshot(page, "sample-run");
}
