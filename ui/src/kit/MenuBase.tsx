/** The menu itself, loaded a moment after its button. */
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { menuButton } from "./Menu";

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
}

export interface MenuProps {
  label: string;
  trigger: ReactNode;
  items: readonly MenuItem[];
  className?: string;
}

export default function MenuBase({ label, trigger, items, className = menuButton }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger aria-label={label} className={className}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-50 outline-none">
          <Base.Popup className="min-w-44 rounded-lg border bg-panel p-1 text-[13px] outline-none">
            {items.map((item) => (
              <Base.Item
                key={item.label}
                disabled={item.disabled ?? false}
                onClick={item.onSelect}
                className={`flex items-center gap-2 rounded-md px-2 py-1.5 outline-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover ${item.danger ? "text-bad" : "text-ink"}`}
              >
                {item.icon}
                <span className="flex-1">{item.label}</span>
                {item.keys && <kbd className="font-sans text-ink-faint text-xs">{item.keys}</kbd>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
