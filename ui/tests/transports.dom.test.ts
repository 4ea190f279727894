/** Both transports keep the same contract, each against a fake of what lies behind it. */
import { mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventFilter, Failure, Frame } from "@/api/generated/types";
import { lastingStream } from "@/api/stream";
import type { Backend, StreamListener } from "@/api/transport";
import { httpBackend } from "@/api/transport-http";
import { tauriBackend } from "@/api/transport-tauri";

/** The house behind a transport, as a script: what it answers, and the streams that are open. */
interface House {
  readonly backend: Backend;
  answer: (name: string, params: unknown) => { reply: unknown } | { failure: Failure };
  readonly calls: { name: string; params: unknown }[];
  readonly streams: { filter: EventFilter; send(frame: Frame): void; cut(): void; readonly closed: boolean }[];
}

function overHttp(): House {
  const house = begin(httpBackend("http://studio.test"));
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    if (headers.get("X-Requested-With") !== "ai-studio") return new Response("{}", { status: 403 });
    const name = new URL(address).pathname.replace("/api/rpc/", "");
    const params: unknown = JSON.parse(String(init.body));
    house.calls.push({ name, params });
    const answered = house.answer(name, params);
    if ("reply" in answered) return Response.json(answered.reply);
    return Response.json(answered.failure, { status: 400 });
  });
  class FakeSocket {
    onmessage: ((message: { data: string }) => void) | null = null;
    onclose: (() => void) | null = null;
    #closed = false;
    constructor(address: string) {
      const { protocol, pathname, searchParams } = new URL(address);
      expect([protocol, pathname]).toEqual(["ws:", "/api/events"]);
      const socket = this;
      const filter: EventFilter = { signals: searchParams.get("signals") === "true" };
      const after = searchParams.get("after_seq");
      const run = searchParams.get("run_id");
      if (after !== null) filter.after_seq = Number(after);
      if (run !== null) filter.run_id = run;
      house.streams.push({
        filter,
        send: (frame) => socket.onmessage?.({ data: JSON.stringify(frame) }),
        cut: () => socket.onclose?.(),
        get closed() {
          return socket.#closed;
        },
      });
    }
    close() {
      this.#closed = true;
      this.onclose?.();
    }
  }
  vi.stubGlobal("WebSocket", FakeSocket);
  return house;
}

function overTauri(): House {
  const house = begin(tauriBackend());
  const ended = new Set<number>();
  mockIPC((command, payload) => {
    const args = payload as Record<string, unknown>;
    if (command === "call") {
      const name = String(args.name);
      const params: unknown = JSON.parse(String(args.params));
      house.calls.push({ name, params });
      const answered = house.answer(name, params);
      if ("reply" in answered) return answered.reply;
      throw answered.failure;
    }
    if (command === "subscribe") {
      const channel = args.channel as { onmessage(frame: Frame | null): void };
      const number = house.streams.length;
      house.streams.push({
        filter: args.filter as EventFilter,
        send: (frame) => channel.onmessage(frame),
        cut: () => channel.onmessage(null),
        get closed() {
          return ended.has(number);
        },
      });
      return number;
    }
    if (command === "unsubscribe") ended.add(Number(args.subscription));
    return undefined;
  });
  return house;
}

function begin(backend: Backend): House {
  return { backend, calls: [], streams: [], answer: () => ({ reply: {} }) };
}

const heard = () => {
  const frames: Frame[] = [];
  const listener: StreamListener = { frame: (frame) => frames.push(frame), closed: vi.fn() };
  return { frames, listener };
};

const event = (seq: number): Frame => ({
  frame: "event",
  seq,
  at_ms: 0,
  topics: ["workflows"],
  workflow_id: "w",
  event: { type: "workflow.deleted" },
});

describe.each([
  ["HTTP", overHttp],
  ["Tauri", overTauri],
])("the %s transport", (_, open) => {
  let house: House;
  beforeEach(() => {
    house = open();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("sends a command's name and parameters and gives back its reply", async () => {
    house.answer = () => ({ reply: { workflows: [] } });
    await expect(house.backend.call("workflows.list", {})).resolves.toEqual({ workflows: [] });
    await house.backend.call("runs.get", { id: "r1" });
    expect(house.calls).toEqual([
      { name: "workflows.list", params: {} },
      { name: "runs.get", params: { id: "r1" } },
    ]);
  });

  it("rejects with the failure's code, message and details", async () => {
    house.answer = () => ({ failure: { code: "conflict", message: "changed meanwhile", details: { revision: 7 } } });
    await expect(house.backend.call("workflows.delete", { id: "w" })).rejects.toMatchObject({
      name: "CommandFailure",
      code: "conflict",
      message: "changed meanwhile",
      details: { revision: 7 },
    });
  });

  it("does not call at all when it was given up before", async () => {
    const stop = new AbortController();
    stop.abort();
    if (house.backend.session) return;
    await expect(house.backend.call("workflows.list", {}, { signal: stop.signal })).rejects.toThrow();
    expect(house.calls).toEqual([]);
  });

  it("opens a stream with its filter and hands every frame on as it is", async () => {
    const { frames, listener } = heard();
    house.backend.subscribe({ run_id: "r1", after_seq: 4, signals: true }, listener);
    await vi.waitFor(() => expect(house.streams).toHaveLength(1));
    expect(house.streams[0]?.filter).toEqual({ run_id: "r1", after_seq: 4, signals: true });
    const signal: Frame = {
      frame: "signal",
      signal: { type: "text", run_id: "r1", workflow_id: "w", node_id: "n", attempt: 1, offset: 0, text: "é\u2028" },
    };
    for (const frame of [
      { frame: "ready", seq: 4 } as const,
      event(5),
      signal,
      { frame: "lagged", after_seq: 5 } as const,
    ])
      house.streams[0]?.send(frame);
    expect(frames).toEqual([{ frame: "ready", seq: 4 }, event(5), signal, { frame: "lagged", after_seq: 5 }]);
  });

  it("tells once when a stream ended by itself, and nothing after it", async () => {
    const { frames, listener } = heard();
    house.backend.subscribe({ signals: false }, listener);
    await vi.waitFor(() => expect(house.streams).toHaveLength(1));
    house.streams[0]?.cut();
    house.streams[0]?.cut();
    house.streams[0]?.send(event(1));
    expect(listener.closed).toHaveBeenCalledTimes(1);
    expect(frames).toEqual([]);
  });

  it("is silent after a stream was ended, and ends it on the other side too", async () => {
    const { frames, listener } = heard();
    const end = house.backend.subscribe({ signals: false }, listener);
    await vi.waitFor(() => expect(house.streams).toHaveLength(1));
    end();
    house.streams[0]?.send(event(1));
    expect(frames).toEqual([]);
    await vi.waitFor(() => expect(house.streams[0]?.closed).toBe(true));
    expect(listener.closed).not.toHaveBeenCalled();
  });
});

describe("over HTTP only", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("a server that cannot be reached is said to be offline", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    await expect(httpBackend("http://studio.test").call("workflows.list", {})).rejects.toMatchObject({
      code: "offline",
    });
  });

  it("a refusal without our shape still gets a code", async () => {
    vi.stubGlobal("fetch", async () => new Response("<html>", { status: 502 }));
    await expect(httpBackend("http://studio.test").call("workflows.list", {})).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("a lasting stream", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("opens again behind the last event it saw and hands each event on once", () => {
    const house = overHttp();
    const seen: number[] = [];
    const states: string[] = [];
    const end = lastingStream(
      house.backend,
      { signals: false },
      { event: ({ seq }) => seen.push(seq), state: (state) => states.push(state) },
      () => 1,
    );
    house.streams[0]?.send({ frame: "ready", seq: 3 });
    house.streams[0]?.send(event(4));
    house.streams[0]?.cut();
    vi.advanceTimersByTime(499);
    expect(house.streams).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(house.streams[1]?.filter.after_seq).toBe(4);
    house.streams[1]?.send({ frame: "ready", seq: 6 });
    for (const seq of [4, 5, 6, 6]) house.streams[1]?.send(event(seq));
    expect(seen).toEqual([4, 5, 6]);
    expect(states).toEqual(["connecting", "open", "broken", "broken", "open"]);
    end();
    expect(house.streams[1]?.closed).toBe(true);
  });

  it("waits longer after each failure, and not at all once the network is back", () => {
    const house = overHttp();
    const end = lastingStream(house.backend, { signals: false }, {}, () => 1);
    house.streams[0]?.cut();
    vi.advanceTimersByTime(500);
    house.streams[1]?.cut();
    vi.advanceTimersByTime(999);
    expect(house.streams).toHaveLength(2);
    window.dispatchEvent(new Event("online"));
    expect(house.streams).toHaveLength(3);
    end();
  });
});
