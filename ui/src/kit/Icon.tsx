/** Draws a lucide icon by its name. Common ones are at hand; the first other name loads the whole set once. */
import {
  ArrowDownUp,
  Box,
  CalendarClock,
  CodeXml,
  Combine,
  CopyMinus,
  FileArchive,
  FilePen,
  FileSpreadsheet,
  FileText,
  FolderSearch,
  Funnel,
  Globe,
  Hash,
  ListEnd,
  ListTree,
  LogIn,
  LogOut,
  type LucideIcon,
  type LucideProps,
  Merge,
  OctagonX,
  PencilLine,
  Repeat,
  Scissors,
  Sheet,
  ShieldCheck,
  Sigma,
  Sparkles,
  Split,
  StickyNote,
  Table2,
  Timer,
  WandSparkles,
} from "lucide-react";
import { lazy, Suspense } from "react";

/** Those of the node types. */
const atHand: Record<string, LucideIcon> = {
  sheet: Sheet,
  "file-spreadsheet": FileSpreadsheet,
  "file-archive": FileArchive,
  "arrow-down-up": ArrowDownUp,
  "calendar-clock": CalendarClock,
  "code-xml": CodeXml,
  combine: Combine,
  "copy-minus": CopyMinus,
  "file-pen": FilePen,
  "file-text": FileText,
  "folder-search": FolderSearch,
  funnel: Funnel,
  globe: Globe,
  hash: Hash,
  "list-end": ListEnd,
  "list-tree": ListTree,
  "log-in": LogIn,
  "log-out": LogOut,
  merge: Merge,
  "octagon-x": OctagonX,
  "pencil-line": PencilLine,
  repeat: Repeat,
  scissors: Scissors,
  "shield-check": ShieldCheck,
  sigma: Sigma,
  sparkles: Sparkles,
  split: Split,
  "sticky-note": StickyNote,
  "table-2": Table2,
  timer: Timer,
  "wand-sparkles": WandSparkles,
};

type IconProps = { name: string } & Omit<LucideProps, "name" | "ref">;

function Placeholder({ name: _, ...rest }: IconProps) {
  return <Box aria-hidden {...rest} />;
}

// While the server is away a box will do: a missing picture must not take the page down.
const AnyIcon = lazy(() => import("./AnyIcon").catch(() => ({ default: Placeholder })));

export function Icon({ name, ...rest }: IconProps) {
  const Known = atHand[name];
  if (Known) return <Known aria-hidden {...rest} />;
  return (
    <Suspense fallback={<Box aria-hidden {...rest} />}>
      <AnyIcon name={name} {...rest} />
    </Suspense>
  );
}
