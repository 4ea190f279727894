// The browser and its pages. Every page is watched: an error in a script, a break of the content security policy, a request to
// another host or an unexpected refusal by the server fails the test, whatever it looks at.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

/** With a cold disk cache on a busy machine. */
const launchLimitMs = 60_000;
/** For anything on a page that is expected to come true. */
export const patienceMs = 30_000;

export const axePath = require.resolve("axe-core/axe.min.js");

export function launch(executablePath) {
  return chromium.launch({
    executablePath,
    headless: true,
    timeout: launchLimitMs,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** `refusals`: HTTP statuses that the test provokes. `outages`: the server goes away during the test. */
export async function openContext(browser, server, problems, options = {}) {
  const { refusals = [], outages = false, theme = "light", axe = false } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme });
  context.setDefaultTimeout(patienceMs);
  if (axe) await context.addInitScript({ path: axePath });
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== server.url) problems.push(`request to ${request.url()}`);
  });
  context.on("response", (response) => {
    const status = response.status();
    if (status >= 400 && !refusals.includes(status)) problems.push(`${response.url()} answered ${status}`);
  });
  context.on("weberror", (event) => {
    const error = event.error();
    problems.push(`error in a script: ${error.stack || error.message || error}`);
  });
  context.on("console", (message) => {
    const text = message.text();
    // What the server refused is judged by its status.
    const known = text.startsWith("Failed to load resource") || (outages && text.startsWith("WebSocket connection"));
    if (message.type() === "error" && !known) problems.push(`console: ${text}`);
  });
  return context;
}
