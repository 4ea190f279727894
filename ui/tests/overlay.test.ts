/** The run overlay: snapshot and events in any order end in the same state. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Announced, Event, NodeRun, Signal } from "@/api/generated/types";
import { emptyOverlay, flowOf, type Overlay, withEvent, withNodes, withRun, withSignal } from "@/model/overlay";
import { timeline } from "@/model/timeline";

const usage = { input_tokens: 0, output_tokens: 0 };
const failure = { code: "timeout", message: "too slow", transient: true };
let seq = 0;
const announced = (event: Event, at_ms = 0): Announced => {
  seq += 1;
  return { seq, at_ms, topics: ["runs"], run_id: "r", workflow_id: "w", event };
};
const text = (node_id: string, offset: number, piece: string, attempt = 1): Signal => ({
  type: "text",
  run_id: "r",
  workflow_id: "w",
  node_id,
  attempt,
  offset,
  text: piece,
});
const fold = (events: Announced[], start: Overlay = emptyOverlay("r")) => events.reduce(withEvent, start);

const life: Announced[] = [
  announced({ type: "run.started", workflow_revision: 1 }, 1),
  announced({ type: "node.started", node_id: "a", attempt: 1 }, 2),
  announced({ type: "node.retrying", node_id: "a", attempt: 1, due_at_ms: 9, failure }, 3),
  announced({ type: "node.started", node_id: "a", attempt: 2 }, 9),
  announced({ type: "node.finished", node_id: "a", attempt: 2, started_at_ms: 9, ports: ["output"], usage }, 11),
  announced({ type: "node.skipped", node_id: "b" }, 11),
  announced({ type: "node.started", node_id: "c", attempt: 1 }, 11),
  announced({ type: "node.failed", node_id: "c", attempt: 1, started_at_ms: 11, failure }, 15),
  announced({ type: "run.finished", status: "failed", usage, failure: { ...failure, node_id: "c" } }, 15),
];
const statuses = (overlay: Overlay) =>
  Object.fromEntries(Object.entries(overlay.nodes).map(([id, node]) => [id, `${node.status} ${node.attempt}`]));

describe("overlay", () => {
  it("shows as gone only the ways that something took", () => {
    const ways = fold([
      announced({ type: "node.finished", node_id: "a", attempt: 1, started_at_ms: 1, ports: ["long"], usage }, 2),
      announced({ type: "node.finished", node_id: "b", attempt: 1, started_at_ms: 2, ports: ["output"], usage }, 3),
      announced({ type: "node.started", node_id: "c", attempt: 1 }, 3),
      announced({ type: "node.skipped", node_id: "d" }, 3),
    ]);
    const flow = (source: string, source_port: string, target: string) =>
      flowOf(ways, { source, source_port, target, target_port: "inputs" });
    expect(flow("a", "long", "b")).toBe("done");
    expect(flow("b", "output", "c")).toBe("active");
    expect(flow("a", "otherwise", "c")).toBe("skipped");
    expect(flow("a", "long", "d")).toBe("skipped");
    expect(flow("c", "output", "e")).toBeUndefined();
  });

  it("shows in a reloaded run which ways were taken, also those of failed steps", () => {
    const state = (node_id: string, status: NodeRun["status"], ports: string[] = []): NodeRun => {
      return { node_id, status, attempt: 1, ports };
    };
    const ways = withNodes(emptyOverlay("r"), [
      state("a", "succeeded", ["long"]),
      state("b", "failed", ["error"]),
      state("c", "succeeded"),
      state("d", "running"),
    ]);
    const flow = (source: string, source_port: string, target: string) =>
      flowOf(ways, { source, source_port, target, target_port: "inputs" });
    expect(flow("a", "long", "c")).toBe("done");
    expect(flow("a", "otherwise", "c")).toBe("skipped");
    expect(flow("b", "error", "c")).toBe("done");
    expect(flow("b", "output", "c")).toBe("skipped");
    const failed = announced({ type: "node.failed", node_id: "d", attempt: 1, started_at_ms: 1, failure }, 2);
    expect(withEvent(ways, failed).nodes.d).toMatchObject({ status: "failed" });
    expect(flowOf(withEvent(ways, failed), { source: "d", source_port: "error", target: "c", target_port: "x" })).toBe(
      undefined,
    );
  });

  it("tells a run's story from its events", () => {
    const end = fold(life);
    expect(end.status).toBe("failed");
    expect(statuses(end)).toEqual({ a: "succeeded 2", b: "skipped 0", c: "failed 1" });
    expect(end.nodes.a).toMatchObject({ started_at_ms: 9, ended_at_ms: 11 });
  });

  it("ends the same when events come twice, late or in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...life, ...life], { minLength: 2 * life.length }), (events) => {
        const end = fold(events);
        expect(statuses(end)).toEqual(statuses(fold(life)));
        expect(end.status).toBe("failed");
      }),
    );
  });

  it("is never set back by a snapshot that is older than the events, nor by events older than the snapshot", () => {
    const times = { started_at_ms: 9, ended_at_ms: 11 };
    const finished: NodeRun = { node_id: "a", status: "succeeded", attempt: 2, ...times, ports: ["output"] };
    fc.assert(
      fc.property(fc.nat(life.length), (cut) => {
        const snapshot = Object.values(fold(life.slice(0, cut)).nodes).map((node) => ({
          ...node,
          ports: [...(node.ports ?? [])],
        }));
        expect(statuses(withNodes(fold(life), snapshot))).toEqual(statuses(fold(life)));
        expect(fold(life.slice(0, cut), withNodes(emptyOverlay("r"), [finished])).nodes.a?.status).toBe("succeeded");
      }),
    );
  });

  it("keeps the end of a run against a late snapshot of it", () => {
    const late = {
      id: "r",
      workflow_id: "w",
      workflow_revision: 1,
      status: "running",
      created_at_ms: 1,
      usage,
    } as const;
    expect(withRun(fold(life), late).status).toBe("failed");
  });

  it("hears nothing of other runs", () => {
    const start = emptyOverlay("other");
    expect(fold(life, start)).toBe(start);
    expect(withSignal(start, text("a", 0, "x"))).toBe(start);
  });
});

describe("streamed text", () => {
  it("is put together from pieces, repeated and overlapping ones included", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(30), fc.nat(8)), { maxLength: 10 }),
        (whole, cuts) => {
          const characters = [...whole];
          let overlay = emptyOverlay("r");
          let sent = 0;
          for (const [back, length] of cuts) {
            const from = Math.max(0, sent - back);
            const to = Math.min(characters.length, Math.max(sent, from + length));
            overlay = withSignal(overlay, text("a", from, characters.slice(from, to).join("")));
            sent = to;
          }
          expect(overlay.nodes.a?.text ?? "").toBe(characters.slice(0, sent).join(""));
        },
      ),
    );
  });

  it("says when its beginning is missing, and heals when the beginning is sent again", () => {
    const late = withSignal(emptyOverlay("r"), text("a", 5, "world"));
    expect(late.nodes.a).toMatchObject({ text: "world", from: 5 });
    expect(withSignal(late, text("a", 0, "hello")).nodes.a).toMatchObject({ text: "helloworld", from: 0 });
  });

  it("begins anew with another attempt", () => {
    const first = withSignal(emptyOverlay("r"), text("a", 0, "wrong"));
    expect(withSignal(first, text("a", 0, "right", 2)).nodes.a?.text).toBe("right");
    expect(withSignal(withSignal(first, text("a", 0, "right", 2)), text("a", 5, " late", 1)).nodes.a?.text).toBe(
      "right",
    );
  });
});

describe("timeline", () => {
  it("orders nodes by their beginning and keeps every bar inside", () => {
    const overlay = withRun(fold(life), {
      id: "r",
      workflow_id: "w",
      workflow_revision: 1,
      status: "failed",
      created_at_ms: 1,
      ended_at_ms: 15,
      usage,
    });
    const rows = timeline(
      overlay,
      { nodes: ["a", "b", "c"].map((id) => ({ id, kind: "k", config: {} })), edges: [], layout: {} },
      100,
    );
    expect(rows.map((row) => row.id)).toEqual(["a", "c", "b"]);
    for (const { bar } of rows) if (bar) expect(bar.left + bar.width).toBeLessThanOrEqual(100.001);
    expect(rows[2]?.bar).toBeUndefined();
  });
});
