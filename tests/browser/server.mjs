// The real server as a child process: on a free port, with a data folder of its own, called by its API, killed, started again.
// Asserts nothing: the tests do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debug builds on a busy machine start in seconds. */
const startLimitMs = 60_000;
const endLimitMs = 30_000;

export const root = new URL("../..", import.meta.url).pathname;

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

export class Server {
  #folder = mkdtempSync(join(tmpdir(), "browser-test-"));
  #binary;
  #ui;
  #environment;
  #child;
  #lines = [];
  url;

  /** `model`: with the sidecar and its built-in model. `key`: what callers must present. File nodes read this repository. */
  constructor(work, { model = false, key } = {}) {
    this.#binary = join(work, "ai-studio");
    this.#ui = join(work, "ui");
    this.files = join(this.#folder, "files");
    mkdirSync(this.files);
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith("AI_STUDIO_") && name !== "DATABASE_URL",
    );
    this.#environment = {
      ...Object.fromEntries(inherited),
      NO_COLOR: "1",
      AI_STUDIO_SIDECAR__ENABLED: String(model),
      AI_STUDIO_FILES__READ_ROOTS: JSON.stringify([root]),
      AI_STUDIO_FILES__WRITE_ROOTS: JSON.stringify([this.files]),
      ...(key ? { AI_STUDIO_AUTH_KEY: key } : {}),
    };
  }

  async start() {
    const port = this.url ? new URL(this.url).port : "0";
    const data = join(this.#folder, "data");
    this.#child = spawn(this.#binary, ["serve", "--data", data, "--port", port, "--static-dir", this.#ui], {
      cwd: root,
      env: this.#environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const child = this.#child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.url = await this.#ready(child);
  }

  #ready(child) {
    return new Promise((resolve, reject) => {
      const give_up = (why) => reject(new Error(`the server ${why}:\n${this.log()}`));
      const timer = setTimeout(() => give_up(`is not ready after ${startLimitMs / 1000} s`), startLimitMs);
      child.once("exit", (code) => give_up(`ended with ${code}`));
      child.once("error", (error) => give_up(`did not start: ${error.message}`));
      // The lines are read to the end, or the server would block on a full pipe.
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.#lines.push(line);
        const url = line.match(/ready on (http:\/\/\S+)/)?.[1];
        if (!url) return;
        clearTimeout(timer);
        resolve(url);
      });
    });
  }

  /** The end of what the server wrote. */
  log() {
    return this.#lines.slice(-25).join("\n");
  }

  /** The process in which the built-in model runs: a child of the sidecar, which is a child of the server. */
  modelProcess() {
    const [sidecar] = childrenOf(this.#child.pid);
    const [model] = childrenOf(sidecar);
    return model;
  }

  /** SIGKILL: no chance to tidy up. */
  async kill() {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async close() {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      const timer = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async call(name, params = {}) {
    const answer = await fetch(`${this.url}/api/rpc/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    const reply = await answer.json();
    if (!answer.ok) throw new Error(`\`${name}\` answered ${answer.status}: ${JSON.stringify(reply)}`);
    return reply;
  }
}

function childrenOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").match(/\d+/g) ?? []);
  if (children.length === 0) throw new Error(`process ${pid} has no children`);
  return children.map(Number);
}
