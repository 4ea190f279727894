/** The one place from which changes are read out to people who do not see them. */
import { create } from "zustand";

const useLive = create<{ polite: string; urgent: string }>(() => ({ polite: "", urgent: "" }));

export function announce(text: string, urgency: "polite" | "urgent" = "polite"): void {
  useLive.setState({ [urgency]: text });
}

export function LiveRegion() {
  const { polite, urgent } = useLive();
  return (
    <div className="sr-only">
      <div aria-live="polite" data-testid="live">
        {polite}
      </div>
      <div aria-live="assertive">{urgent}</div>
    </div>
  );
}
