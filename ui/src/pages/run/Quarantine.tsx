/** Items that failed and wait for a person: each is tried again or left out, alone or all of a list together. */
import { toast } from "sonner";
import { useChange, useCommand } from "@/api/client";
import type { ItemDecision, Json, NodeId, QuarantinedItem } from "@/api/generated/types";
import { Button } from "@/kit/Button";
import { Help } from "@/kit/Help";
import { FailureNote } from "@/kit/Notes";
import { count } from "@/model/format";

/** More of a value stands in the step's own values. */
const shownCharacters = 160;

interface QuarantineProps {
  run_id: string;
  names: ReadonlyMap<NodeId, string>;
}

export function Quarantine({ run_id, names }: QuarantineProps) {
  const quarantine = useCommand("runs.quarantine", { id: run_id });
  const decide = useChange("runs.decide_items");
  const items = quarantine.data?.items ?? [];
  const openers = [...new Set(items.map((item) => item.node_id))];
  const decided = (node_id: NodeId, chosen: readonly QuarantinedItem[], decision: ItemDecision) =>
    decide.mutate(
      { id: run_id, node_id, items: chosen.map(({ item }) => item), decision },
      { onError: (failure) => toast.error(`That could not be done: ${failure.message}`) },
    );
  if (quarantine.error)
    return (
      <FailureNote
        title="The items that wait could not be loaded"
        failure={quarantine.error}
        onRetry={() => void quarantine.refetch()}
      />
    );
  return openers.map((opener) => {
    const own = items.filter((item) => item.node_id === opener);
    const name = names.get(opener) ?? opener;
    return (
      <section key={opener} aria-label={`Failed items of ${name}`} className="flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="mr-auto font-semibold text-[14px]">
            {count(own.length, "item")} of {name} failed and {own.length === 1 ? "waits" : "wait"} for you
          </h2>
          <Decisions
            what={`items of ${name}`}
            words={ofAll}
            isPending={decide.isPending}
            onDecide={(decision) => decided(opener, own, decision)}
          />
        </div>
        <ol className="overflow-hidden rounded-xl border bg-panel">
          {own.map((one) => (
            <li key={one.item} className="flex items-start gap-3 border-b px-3 py-2 text-[13px] last:border-b-0">
              <div className="min-w-0 flex-1">
                <p className="break-words font-mono text-xs">
                  {one.item}: {inShort(one.value)}
                </p>
                <p className="break-words text-bad">
                  <Help text={one.failure.message} />
                </p>
              </div>
              <Decisions
                what={`item ${one.item}`}
                words={ofOne}
                isPending={decide.isPending}
                onDecide={(decision) => decided(opener, [one], decision)}
              />
            </li>
          ))}
        </ol>
      </section>
    );
  });
}

function inShort(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`;
}

interface DecisionsProps {
  /** What is decided about; the words on the buttons are the same in every row. */
  what: string;
  words: Record<ItemDecision, string>;
  isPending: boolean;
  onDecide: (decision: ItemDecision) => void;
}

const ofOne = { retry: "Try again", drop: "Leave out" };
const ofAll = { retry: "Try all again", drop: "Leave all out" };

function Decisions({ what, words, isPending, onDecide }: DecisionsProps) {
  return (
    <div className="flex shrink-0 gap-1.5">
      {(["retry", "drop"] as const).map((decision) => (
        <Button
          key={decision}
          small
          disabled={isPending}
          aria-label={`${words[decision]}: ${what}`}
          onClick={() => onDecide(decision)}
        >
          {words[decision]}
        </Button>
      ))}
    </div>
  );
}
