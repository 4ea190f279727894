// A server with a key asks for it, once per browser, and keeps it out of reach of scripts.
import assert from "node:assert/strict";

const key = "kq7Zt2mXw9Lr4Vb8Nc5Hs3Jd6Fg1Pa0Y";

export const tests = {
  "a server with a key: a wrong one is refused, the right one opens, signing out closes": signIn,
};

async function signIn(stage) {
  const server = await stage.server({ key });
  const page = await stage.page(server, { refusals: [401], outages: true });
  const asked = page.getByRole("heading", { name: "Sign in to AI Studio" });
  const inside = page.getByRole("heading", { name: "No workflows yet" });
  await page.goto(server.url);
  await asked.waitFor();
  await stage.screenshot(page, "sign-in");

  await page.getByLabel("Key").fill("wrong-key-wrong-key-wrong-key-12");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This key is not the server's key.").waitFor();
  await page.getByLabel("Key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await inside.waitFor();
  await page.getByText("Connected").waitFor();
  await page.reload();
  await inside.waitFor();
  const reachable = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.ok(!reachable.includes(key), "a script can read the key");

  await page.getByRole("button", { name: "Sign out" }).click();
  await asked.waitFor();
  await page.reload();
  await asked.waitFor();
}
