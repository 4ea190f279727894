// Runs the tests and counts them. Arguments: a folder with the server and the built UI, the browser,
// a folder for screenshots, and words of which a test's name must contain one.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { Stage } from "./stage.mjs";
import * as byHand from "./by-hand.mjs";
import * as conflict from "./conflict.mjs";
import * as kill from "./kill.mjs";
import * as naming from "./naming.mjs";
import * as probe from "./probe.mjs";
import * as regions from "./regions.mjs";
import * as rules from "./rules.mjs";
import * as sample from "./sample.mjs";
import * as signIn from "./sign-in.mjs";
import * as streaming from "./streaming.mjs";
import * as wide from "./wide.mjs";

/** Far more than any test needs; one that hangs must not hold up the others for ever. */
const limitMs = 180_000;

/** Tests that run at once: they wait more than they work, but for the model. */
const lanes = 2;

const [work, executable, results, ...wanted] = process.argv.slice(2);
mkdirSync(results, { recursive: true });
for (const file of readdirSync(results)) if (file.startsWith("failed-")) rmSync(join(results, file));

const waiting = [byHand, streaming, sample, naming, probe, conflict, kill, regions, rules, wide, signIn]
  .flatMap((module) => Object.entries(module.tests))
  .filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)));

const browser = await launch(executable);
let passed = 0;
let failed = 0;
await Promise.all(Array.from({ length: lanes }, lane));
await browser.close();
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function lane() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await runTest(...next);
}

async function runTest(name, test) {
  const begun = Date.now();
  const stage = new Stage(browser, work, results);
  try {
    await within(limitMs, test(stage));
    stage.expectNoProblems();
    passed += 1;
    console.log(`ok      ${name} (${seconds(begun)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name} (${seconds(begun)} s)\n${error.stack}`);
    await stage.report(name);
  } finally {
    await stage.close();
  }
}

async function within(limit_ms, work_done) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limit_ms / 1000} s`)), limit_ms);
  });
  try {
    return await Promise.race([work_done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function seconds(begun_ms) {
  return ((Date.now() - begun_ms) / 1000).toFixed(1);
}
