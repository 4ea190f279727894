/** Saving by itself: one request at a time, on the right revision, nothing lost. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Autosave, type SaveState } from "@/model/autosave";
import type { Doc } from "@/model/document";
import { keepDraft, readDraft } from "@/model/draft";

const doc = (name: string): Doc => ({ name, description: "", graph: { nodes: [], edges: [], layout: {} } });

/** A server with a revision that can be told to fail. */
function server() {
  const sent: { name: string; expected: number }[] = [];
  const states: SaveState["kind"][] = [];
  const script = { revision: 1, fail: undefined as string | undefined };
  const autosave = new Autosave({
    revision: 1,
    async save({ name }, expected) {
      sent.push({ name, expected });
      await Promise.resolve();
      if (script.fail !== undefined) throw { code: script.fail, message: script.fail };
      if (expected !== script.revision) throw { code: "conflict", message: "changed meanwhile" };
      script.revision += 1;
      return { revision: script.revision };
    },
    explain: (thrown) => thrown as { code: string; message: string },
    onState: ({ kind }) => states.push(kind),
  });
  return { autosave, sent, states, script };
}

describe("autosave", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("waits for a pause in typing and saves only the last state, within a second", async () => {
    const { autosave, sent, states } = server();
    for (const name of ["a", "ab", "abc"]) {
      autosave.changed(doc(name));
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(900);
    expect(sent).toEqual([{ name: "abc", expected: 1 }]);
    expect(states.at(-1)).toBe("saved");
    expect(autosave.clean).toBe(true);
  });

  it("saves at last although the typing never pauses", async () => {
    const { autosave, sent } = server();
    for (let count = 0; count < 60; count += 1) {
      autosave.changed(doc(String(count)));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(sent.length).toBeGreaterThan(0);
  });

  it("builds each save upon the revision of the one before", async () => {
    const { autosave, sent } = server();
    autosave.changed(doc("a"));
    await autosave.flush();
    autosave.changed(doc("b"));
    await autosave.flush();
    expect(sent.map((one) => one.expected)).toEqual([1, 2]);
  });

  it("has saved everything when any of several flushes is done", async () => {
    const { autosave, sent } = server();
    autosave.changed(doc("a"));
    const first = autosave.flush();
    autosave.changed(doc("b"));
    await Promise.all([autosave.flush(), autosave.flush().then(() => expect(autosave.clean).toBe(true)), first]);
    expect(sent.map((one) => one.name)).toEqual(["a", "b"]);
  });

  it("keeps what could not be sent and sends it once the server is back", async () => {
    const { autosave, sent, states, script } = server();
    script.fail = "offline";
    autosave.changed(doc("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states.at(-1)).toBe("offline");
    expect(autosave.clean).toBe(false);
    script.fail = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent.at(-1)).toEqual({ name: "a", expected: 1 });
    expect(states.at(-1)).toBe("saved");
  });

  it("stops at a conflict until somebody decides, and then keeps mine upon their revision", async () => {
    const { autosave, sent, states, script } = server();
    script.revision = 5;
    autosave.changed(doc("mine"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states.at(-1)).toBe("conflict");
    autosave.changed(doc("mine still"));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent).toHaveLength(1);
    await autosave.keepMine(5);
    expect(sent.at(-1)).toEqual({ name: "mine still", expected: 5 });
    expect(states.at(-1)).toBe("saved");
  });

  it("forgets mine when theirs was taken over", async () => {
    const { autosave, sent, script } = server();
    script.revision = 5;
    autosave.changed(doc("mine"));
    await vi.advanceTimersByTimeAsync(1_000);
    autosave.adopted(5);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent).toHaveLength(1);
    expect(autosave.revision).toBe(5);
  });
});

describe("a draft on this device", () => {
  it("is read as it was kept, and never when it is broken", () => {
    localStorage.clear();
    keepDraft(localStorage, "w", { doc: doc("kept"), base_revision: 3 });
    expect(readDraft(localStorage, "w")).toEqual({ doc: doc("kept"), base_revision: 3 });
    localStorage.setItem("draft:w", "{");
    expect(readDraft(localStorage, "w")).toBeUndefined();
  });
});
