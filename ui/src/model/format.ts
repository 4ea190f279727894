/** Times, sizes and counts in words. */

export function duration(ms: number): string {
  if (ms < 1) return "0 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const steps: [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `5 minutes ago`; a date when it is more than a week away. */
export function relative(at_ms: number, now_ms: number): string {
  const difference = at_ms - now_ms;
  if (Math.abs(difference) > 7 * 86_400_000)
    return new Date(at_ms).toLocaleDateString(undefined, { dateStyle: "medium" });
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [unit, ms] of steps)
    if (Math.abs(difference) >= ms) return words.format(Math.round(difference / ms), unit);
  return Math.abs(difference) < 10_000 ? "just now" : words.format(Math.round(difference / 1_000), "second");
}

export function exact(at_ms: number): string {
  return new Date(at_ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** The end of a long text, for a card. */
export function tail(text: string, characters: number): string {
  return text.length <= characters ? text : `…${text.slice(-characters)}`;
}
