// The server dies without a word while a run is watched, and comes back: the page goes on by itself.
import assert from "node:assert/strict";
import { card, cardSays, runBar, runSays, saved } from "./canvas.mjs";
import { create, pause } from "./graphs.mjs";

export const tests = {
  "the server is killed in mid-run and comes back: the page reconnects, saves what was changed, and shows the end": killed,
};

async function killed(stage) {
  const server = await stage.server();
  const id = await create(server, "Pause", pause(6));
  const page = await stage.page(server, { outages: true });
  const connection = page.getByRole("status", { name: "Connection" });
  await page.goto(`${server.url}/workflows/${id}`);
  await card(page, "rest").waitFor();
  await connection.getByText("Connected").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("dialog", { name: "Run with" }).getByRole("button", { name: "Run" }).click();
  await cardSays(page, "rest", "Waiting");
  await cardSays(page, "word", "Succeeded");

  await server.kill();
  await connection.getByText("Reconnecting…").waitFor();
  await cardSays(page, "rest", "Waiting");
  await page.getByLabel("Workflow name").fill("Pause with a new name");
  await page.getByRole("status", { name: "Saving" }).getByText("Offline, kept on this device").waitFor();
  await stage.screenshot(page, "killed");

  await server.start();
  await connection.getByText("Connected").waitFor();
  await saved(page);
  await runSays(page, "Succeeded");
  for (const step of ["rest", "say", "end"]) await cardSays(page, step, "Succeeded");
  await runBar(page).getByRole("link", { name: "Open run" }).click();
  await page.getByRole("region", { name: "Outputs" }).getByText("Well rested.").waitFor();
  const { name } = await server.call("workflows.get", { id });
  assert.equal(name, "Pause with a new name");
}
