/** Durations as people type them. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readDuration, writeDuration } from "@/model/duration";

it("reads durations with units, and bare numbers as milliseconds", () => {
  const cases: [string, number | undefined][] = [
    ["90 s", 90_000],
    ["5min", 300_000],
    [" 1 h 30 min ", 5_400_000],
    ["1.5 minutes", 90_000],
    ["0,5 s", 500],
    ["2 days", 172_800_000],
    ["250", 250],
    ["250 ms", 250],
    ["", undefined],
    ["soon", undefined],
    ["5 parsecs", undefined],
    ["-5 s", undefined],
    ["1 h 30", undefined],
  ];
  for (const [text, ms] of cases) expect(readDuration(text)).toBe(ms);
});

it("writes them so that they are read back exactly", () => {
  expect([0, 999, 1_000, 1_500, 90_000, 3_600_000, 90_061_001].map(writeDuration)).toEqual([
    "0 ms",
    "999 ms",
    "1 s",
    "1.5 s",
    "1 min 30 s",
    "1 h",
    "1 d 1 h 1 min 1.001 s",
  ]);
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => readDuration(writeDuration(ms)) === ms));
});
