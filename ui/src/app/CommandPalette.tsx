/** Go anywhere and do anything that needs no pointer, by typing. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { History, Keyboard, Monitor, Moon, Plus, Settings, Sun, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { useChange, useCommand } from "@/api/client";
import { asFailure } from "@/api/failure";
import { chooseTheme } from "@/kit/theme";

interface Action {
  label: string;
  icon: ReactNode;
  run: () => void;
}

export default function CommandPalette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const navigate = useNavigate();
  const workflows = useCommand("workflows.list", {}).data?.workflows ?? [];
  const create = useChange("workflows.create");
  const actions: Action[] = [
    {
      label: "New workflow",
      icon: <Plus size={15} aria-hidden />,
      run: () =>
        // The palette is closed by now, and with it callbacks that belong to the component.
        void create
          .mutateAsync({ name: "Untitled workflow", description: "", graph: { nodes: [], edges: [], layout: {} } })
          .then(
            ({ id }) => navigate({ to: "/workflows/$id", params: { id } }),
            (thrown) => toast.error(`The workflow could not be created: ${asFailure(thrown).message}`),
          ),
    },
    { label: "Go to workflows", icon: <Workflow size={15} aria-hidden />, run: () => void navigate({ to: "/" }) },
    { label: "Go to runs", icon: <History size={15} aria-hidden />, run: () => void navigate({ to: "/runs" }) },
    {
      label: "Go to settings",
      icon: <Settings size={15} aria-hidden />,
      run: () => void navigate({ to: "/settings" }),
    },
    { label: "Appearance: light", icon: <Sun size={15} aria-hidden />, run: () => chooseTheme("light") },
    { label: "Appearance: dark", icon: <Moon size={15} aria-hidden />, run: () => chooseTheme("dark") },
    { label: "Appearance: as the system", icon: <Monitor size={15} aria-hidden />, run: () => chooseTheme("system") },
  ];
  const pick = (run: () => void) => () => {
    onClose();
    run();
  };
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Base.Popup
          aria-label="Command palette"
          className="fixed top-[12vh] left-1/2 z-40 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 rounded-xl border bg-panel outline-none"
        >
          <Command label="Command palette" className="flex flex-col">
            <Command.Input
              autoFocus
              aria-label="Search commands and workflows"
              placeholder="Type a command or a workflow's name"
              className="h-12 border-b bg-transparent px-4 text-[14px] outline-none placeholder:text-ink-faint"
            />
            <Command.List className="max-h-[50vh] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-[13px] text-ink-faint">
                Nothing matches.
              </Command.Empty>
              <Command.Group heading="Actions" className={heading}>
                {actions.map((action) => (
                  <Item key={action.label} icon={action.icon} label={action.label} onSelect={pick(action.run)} />
                ))}
                {/* Help takes this dialog's place, so nothing is closed first. */}
                <Item icon={<Keyboard size={15} aria-hidden />} label="Show keys" onSelect={onKeys} />
              </Command.Group>
              {workflows.length > 0 && (
                <Command.Group heading="Workflows" className={heading}>
                  {workflows.map(({ id, name }) => (
                    <Item
                      key={id}
                      value={`${name} ${id}`}
                      icon={<Workflow size={15} aria-hidden />}
                      label={name}
                      onSelect={pick(() => void navigate({ to: "/workflows/$id", params: { id } }))}
                    />
                  ))}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

const heading =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:text-ink-faint";

function Item({
  icon,
  label,
  value,
  onSelect,
}: {
  icon: ReactNode;
  label: string;
  value?: string;
  onSelect: () => void;
}) {
  return (
    <Command.Item
      value={value ?? label}
      onSelect={onSelect}
      className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-[13px] text-ink data-[selected=true]:bg-hover"
    >
      <span className="text-ink-faint">{icon}</span>
      <span className="truncate">{label}</span>
    </Command.Item>
  );
}
