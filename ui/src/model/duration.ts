/** Durations as people type them: `90 s`, `5 min`, `1 h 30 min`. Kept in milliseconds, which is also what a bare number means. */

const units: readonly (readonly [unit: string, ms: number, spelt: RegExp])[] = [
  ["d", 86_400_000, /^(d|days?)$/],
  ["h", 3_600_000, /^(h|hours?|hrs?)$/],
  ["min", 60_000, /^(m|min|mins|minutes?)$/],
  ["s", 1_000, /^(s|secs?|seconds?)$/],
  ["ms", 1, /^(ms|milliseconds?)?$/],
];

/** Exactly as much as `readDuration` reads back. */
export function writeDuration(ms: number): string {
  if (!Number.isInteger(ms) || ms < 0) return String(ms);
  if (ms < 1_000) return `${ms} ms`;
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, size] of units.slice(0, 3)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
  }
  if (rest > 0) parts.push(`${rest / 1_000} s`);
  return parts.join(" ");
}

/** Undefined for what is no duration. */
export function readDuration(text: string): number | undefined {
  const given = text.trim().toLowerCase();
  const parts = [...given.matchAll(/(\d+(?:[.,]\d+)?)\s*([a-z]*)\s*/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== given) return undefined;
  let sum = 0;
  for (const [, amount = "", word = ""] of parts) {
    const unit = units.find(([, , spelt]) => spelt.test(word));
    if (!unit || (word === "" && parts.length > 1)) return undefined;
    sum += Number(amount.replace(",", ".")) * unit[1];
  }
  return Math.round(sum);
}
