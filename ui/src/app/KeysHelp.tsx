/** All keys, from the list that says what they do. */
import { Dialog } from "@/kit/Dialog";
import { type Binding, everywhere, inWorkflow, onCanvas } from "@/model/keys";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

function here(text: string): string {
  return text.replaceAll("Mod", isMac ? "⌘" : "Ctrl");
}

export function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys" wide>
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        <div className="flex flex-col gap-5">
          <Group title="Everywhere" bindings={everywhere} />
          <Group title="In a workflow" bindings={inWorkflow} />
          <Group
            title="On a run's page"
            bindings={[
              { keys: "J and K", does: "Next and previous step" },
              { keys: "E", does: "Next failed step" },
            ]}
          />
        </div>
        <Group title="On the canvas" bindings={onCanvas} />
      </div>
    </Dialog>
  );
}

function Group({ title, bindings }: { title: string; bindings: readonly Binding[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-medium text-[12px] text-ink-faint uppercase tracking-wide">{title}</h3>
      <dl className="flex flex-col gap-1">
        {bindings.map(({ keys, does }) => (
          <div key={keys} className="flex items-baseline justify-between gap-4 text-[13px]">
            <dt className="text-ink-soft">{here(does)}</dt>
            <dd>
              <kbd className="whitespace-nowrap rounded border bg-sunken px-1.5 py-0.5 font-sans text-xs">
                {here(keys)}
              </kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
