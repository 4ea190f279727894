// Two tabs on one workflow. A change of the one comes into the other by itself; where both changed, the second is asked.
import assert from "node:assert/strict";
import { add, card, saved } from "./canvas.mjs";
import { create, greeting } from "./graphs.mjs";

export const tests = {
  "two tabs that change one workflow: the second chooses, and nothing is lost before it does": twoTabs,
};

async function twoTabs(stage) {
  const server = await stage.server();
  const id = await create(server, "Shared", greeting);
  const first = await stage.page(server, { refusals: [409] });
  const second = await first.context().newPage();
  for (const tab of [first, second]) {
    await tab.goto(`${server.url}/workflows/${id}`);
    await card(tab, "say").waitFor();
    await tab.getByText("Connected").waitFor();
  }

  await add(first, "Note", "note");
  await card(second, "note").waitFor();

  await bothChange(first, second, "Name of the first", "Name of the second");
  assert.equal(await nameOf(server, id), "Name of the first");
  assert.equal(await second.getByLabel("Workflow name").inputValue(), "Name of the second");
  await stage.screenshot(second, "conflict");
  await second.getByRole("alert").getByRole("button", { name: "Keep mine" }).click();
  await saved(second);
  assert.equal(await nameOf(server, id), "Name of the second");
  await hasName(first, "Name of the second");

  await bothChange(first, second, "First again", "Second again");
  await second.reload();
  await hasName(second, "Second again");
  await second.getByRole("alert").getByRole("button", { name: "Load theirs" }).click();
  await hasName(second, "First again");
  await saved(second);
  assert.equal(await nameOf(server, id), "First again");
}

/** The second tab's save is on its way while the first one's arrives. */
async function bothChange(first, second, firstName, secondName) {
  const update = "**/api/rpc/workflows.update";
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await second.route(update, async (route) => {
    await held;
    await route.continue();
  }, { times: 1 });
  const [request] = await Promise.all([second.waitForRequest(update), second.getByLabel("Workflow name").fill(secondName)]);
  await first.getByLabel("Workflow name").fill(firstName);
  const [answer] = await Promise.all([first.waitForResponse(update), saved(first)]);
  assert.equal(answer.status(), 200);
  release();
  assert.equal((await request.response()).status(), 409);
  await second.getByRole("alert").getByText("Nothing of yours is lost yet.").waitFor();
}

async function nameOf(server, id) {
  const { name } = await server.call("workflows.get", { id });
  return name;
}

async function hasName(page, name) {
  await page.waitForFunction((wanted) => document.querySelector('[aria-label="Workflow name"]')?.value === wanted, name);
}
