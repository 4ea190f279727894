/** The whole lucide set, in a file of its own that is loaded only when an uncommon icon is asked for. */
import { Box, icons, type LucideProps } from "lucide-react";

export default function AnyIcon({ name, ...rest }: { name: string } & Omit<LucideProps, "name" | "ref">) {
  const pascal = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
  const Found = (icons as Record<string, typeof Box>)[pascal] ?? Box;
  return <Found aria-hidden {...rest} />;
}
