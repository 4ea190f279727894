/** Small hooks without a home of their own. */
import { useEffect, useState } from "react";

/** The time, told every `everyMs` while `on`. */
export function useNow(on: boolean, everyMs = 1_000): number {
  const [now_ms, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [on, everyMs]);
  return now_ms;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "AI Studio" : `${title} · AI Studio`;
  }, [title]);
}
