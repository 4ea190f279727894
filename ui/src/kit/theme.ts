/** Dark, light, or as the system is: chosen once per device, shown by `data-theme` on the root element. */
import { create } from "zustand";

export type ThemeChoice = "system" | "light" | "dark";

const storageKey = "theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): ThemeChoice {
  const text = localStorage.getItem(storageKey);
  return text === "light" || text === "dark" ? text : "system";
}

function shown(choice: ThemeChoice): "light" | "dark" {
  if (choice !== "system") return choice;
  return dark.matches ? "dark" : "light";
}

export const useTheme = create(() => ({ choice: stored(), shown: shown(stored()) }));

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, choice);
  useTheme.setState({ choice, shown: shown(choice) });
}

export function startTheme(): void {
  const show = () => {
    document.documentElement.dataset.theme = useTheme.getState().shown;
  };
  show();
  useTheme.subscribe(show);
  dark.addEventListener("change", () => useTheme.setState(({ choice }) => ({ shown: shown(choice) })));
}
