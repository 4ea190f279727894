/** Around every page: where one can go, whether the server is there, and what is open over the page. */
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import {
  Command as CommandIcon,
  History,
  Keyboard,
  LogOut,
  Monitor,
  Moon,
  Settings,
  Sun,
  Workflow,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { toast } from "sonner";
import { hasSession, signOut, useConnection } from "@/api/connection";
import { asFailure } from "@/api/failure";
import { IconButton } from "@/kit/Button";
import { LiveRegion } from "@/kit/live";
import { chooseTheme, useTheme } from "@/kit/theme";
import { SignIn } from "@/pages/SignIn";
import { HealthStrip } from "./HealthStrip";
import { KeysHelp } from "./KeysHelp";
import { useGlobalKeys } from "./useGlobalKeys";

const CommandPalette = lazy(() => import("./CommandPalette"));

export function Shell() {
  const signedOut = useConnection((connection) => connection.signedOut);
  const [open, setOpen] = useState<"palette" | "keys">();
  const navigate = useNavigate();
  useGlobalKeys({
    palette: () => setOpen("palette"),
    help: () => setOpen("keys"),
    workflows: () => void navigate({ to: "/" }),
    runs: () => void navigate({ to: "/runs" }),
    settings: () => void navigate({ to: "/settings" }),
  });
  if (signedOut) return <SignIn />;
  return (
    <div className="flex h-full flex-col">
      <Head onPalette={() => setOpen("palette")} onKeys={() => setOpen("keys")} />
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
        <Outlet />
      </div>
      <HealthStrip />
      <LiveRegion />
      {open === "palette" && (
        <Suspense>
          <CommandPalette onClose={() => setOpen(undefined)} onKeys={() => setOpen("keys")} />
        </Suspense>
      )}
      <KeysHelp open={open === "keys"} onClose={() => setOpen(undefined)} />
    </div>
  );
}

function Head({ onPalette, onKeys }: { onPalette: () => void; onKeys: () => void }) {
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b bg-panel px-3">
      <Link to="/" className="mr-1 flex h-8 shrink-0 sm:mr-3 items-center gap-2 rounded-md font-semibold text-[14px]">
        <img src="/icon.svg" alt="" className="size-5.5" />
        <span className="max-sm:sr-only">AI Studio</span>
      </Link>
      <nav aria-label="Main" className="flex items-center gap-0.5">
        <NavLink to="/" icon={<Workflow size={15} aria-hidden />}>
          Workflows
        </NavLink>
        <NavLink to="/runs" icon={<History size={15} aria-hidden />}>
          Runs
        </NavLink>
        <NavLink to="/settings" icon={<Settings size={15} aria-hidden />}>
          Settings
        </NavLink>
      </nav>
      <div className="flex-1" />
      <IconButton label="Command palette" keys="Ctrl+K" onClick={onPalette}>
        <CommandIcon size={16} aria-hidden />
      </IconButton>
      <IconButton label="Keys" keys="?" onClick={onKeys}>
        <Keyboard size={16} aria-hidden />
      </IconButton>
      <ThemeButton />
      {hasSession() && <SignOut />}
    </header>
  );
}

function NavLink({ to, icon, children }: { to: "/" | "/runs" | "/settings"; icon: ReactNode; children: ReactNode }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2.5 text-[13px] text-ink-soft hover:bg-hover hover:text-ink"
      activeProps={{ className: "bg-hover font-medium text-ink" }}
    >
      {icon}
      <span className="max-sm:sr-only">{children}</span>
    </Link>
  );
}

function ThemeButton() {
  const choice = useTheme((theme) => theme.choice);
  const next = { system: "light", light: "dark", dark: "system" } as const;
  const words = { system: "as the system", light: "light", dark: "dark" };
  const Mark = { system: Monitor, light: Sun, dark: Moon }[choice];
  return (
    <IconButton label={`Appearance: ${words[choice]}`} onClick={() => chooseTheme(next[choice])}>
      <Mark size={16} aria-hidden />
    </IconButton>
  );
}

function SignOut() {
  const leave = () => signOut().catch((thrown) => toast.error(`Signing out failed: ${asFailure(thrown).message}`));
  return (
    <IconButton label="Sign out" onClick={() => void leave()}>
      <LogOut size={16} aria-hidden />
    </IconButton>
  );
}
