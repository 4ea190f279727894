/** Which replies an event makes stale. */
import { describe, expect, it } from "vitest";
import type { Announced, Event, Topic } from "@/api/generated/types";
import { concerns, touches } from "@/api/stale";

const announced = (topics: Topic[], event: Event): Announced => ({
  seq: 1,
  at_ms: 0,
  topics,
  run_id: "r1",
  workflow_id: "w1",
  event,
});
const started = announced(["runs"], { type: "node.started", node_id: "n", attempt: 1 });
const finished = announced(["runs"], {
  type: "run.finished",
  status: "succeeded",
  usage: { input_tokens: 0, output_tokens: 0 },
});
const changed = announced(["workflows"], { type: "workflow.changed", revision: 2 });

describe("an event", () => {
  it("makes the replies about its own run stale and leaves those of other runs", () => {
    expect(concerns(started, ["runs.node", { id: "r1", node_id: "n" }])).toBe(true);
    expect(concerns(started, ["runs.node", { id: "r2", node_id: "n" }])).toBe(false);
  });

  it("of a node leaves the list of runs, whose rows show no nodes", () => {
    expect(concerns(started, ["runs.list", {}])).toBe(false);
    expect(concerns(finished, ["runs.list", { limit: 5 }])).toBe(true);
  });

  it("makes only replies of its topics stale, and never a change", () => {
    expect(concerns(changed, ["workflows.get", { id: "w1" }])).toBe(true);
    expect(concerns(changed, ["workflows.get", { id: "w2" }])).toBe(false);
    expect(concerns(changed, ["workflows.list", {}])).toBe(true);
    expect(concerns(changed, ["runs.get", { id: "r1" }])).toBe(false);
    expect(concerns(changed, ["workflows.update", { id: "w1" }])).toBe(false);
  });

  it("of a run changes the counts that health shows", () => {
    expect(concerns(finished, ["system.health", {}])).toBe(true);
    expect(concerns(started, ["system.health", {}])).toBe(false);
  });
});

it("a change makes everything of its topics stale", () => {
  expect(touches(["workflows", "runs"], ["runs.list", {}])).toBe(true);
  expect(touches(["settings"], ["workflows.list", {}])).toBe(false);
});
