// What one test has to itself: servers, pages, and the list of what went wrong beside it. Torn down whole at the end.
import assert from "node:assert/strict";
import { join } from "node:path";
import { openContext } from "./browser.mjs";
import { Server } from "./server.mjs";

export class Stage {
  #browser;
  #work;
  #servers = [];
  #contexts = [];
  #problems = [];

  constructor(browser, work, results) {
    this.#browser = browser;
    this.#work = work;
    this.results = results;
  }

  async server(options) {
    const server = new Server(this.#work, options);
    this.#servers.push(server);
    await server.start();
    return server;
  }

  /** A page in a profile of its own, not gone anywhere yet. */
  async page(server, options) {
    const context = await openContext(this.#browser, server, this.#problems, options);
    this.#contexts.push(context);
    return context.newPage();
  }

  screenshot(page, name) {
    return page.screenshot({ path: join(this.results, `${name}.png`) });
  }

  /** For a test that provokes some. */
  takeProblems() {
    return this.#problems.splice(0);
  }

  expectNoProblems() {
    assert.deepEqual(this.#problems, []);
  }

  /** What helps to understand a failure: the pages as they look, what went wrong beside them, the end of the server's log. */
  async report(name) {
    const file = name.replaceAll(/\W+/g, "-");
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [number, page] of pages.entries()) {
      await this.screenshot(page, `failed-${file}-${number + 1}`).catch((error) => console.log(`no screenshot: ${error.message}`));
    }
    for (const problem of this.#problems) console.log(`        ${problem}`);
    for (const server of this.#servers) console.log(server.log());
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()));
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
