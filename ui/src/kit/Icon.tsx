/** Draws a lucide icon by its name. Common ones are at hand; the first other name loads the whole set once. */
import {
  Bell,
  Bot,
  Box,
  Braces,
  Brain,
  Calendar,
  Clock,
  CodeXml,
  Database,
  FileInput,
  FileOutput,
  FilePen,
  FileSearch,
  Files,
  FileText,
  Filter,
  Folder,
  FolderSearch,
  GitBranch,
  GitFork,
  GitMerge,
  Globe,
  Hash,
  Hourglass,
  Image,
  Key,
  Link,
  List,
  LogIn,
  LogOut,
  type LucideIcon,
  type LucideProps,
  Mail,
  Merge,
  MessageSquare,
  Repeat,
  Route,
  Save,
  Search,
  ShieldCheck,
  Sparkles,
  Split,
  StickyNote,
  Table,
  Terminal,
  Timer,
  WandSparkles,
  Webhook,
  Workflow,
  Wrench,
} from "lucide-react";
import { lazy, Suspense } from "react";

const atHand: Record<string, LucideIcon> = {
  bot: Bot,
  box: Box,
  braces: Braces,
  brain: Brain,
  clock: Clock,
  "code-xml": CodeXml,
  database: Database,
  "file-input": FileInput,
  "file-output": FileOutput,
  "file-pen": FilePen,
  "file-search": FileSearch,
  "file-text": FileText,
  files: Files,
  filter: Filter,
  folder: Folder,
  "folder-search": FolderSearch,
  "git-branch": GitBranch,
  "git-fork": GitFork,
  "git-merge": GitMerge,
  globe: Globe,
  hourglass: Hourglass,
  "log-in": LogIn,
  "log-out": LogOut,
  mail: Mail,
  "message-square": MessageSquare,
  repeat: Repeat,
  route: Route,
  save: Save,
  search: Search,
  "shield-check": ShieldCheck,
  sparkles: Sparkles,
  split: Split,
  "sticky-note": StickyNote,
  terminal: Terminal,
  timer: Timer,
  webhook: Webhook,
  workflow: Workflow,
  wrench: Wrench,
  merge: Merge,
  "wand-sparkles": WandSparkles,
  image: Image,
  calendar: Calendar,
  key: Key,
  link: Link,
  list: List,
  table: Table,
  hash: Hash,
  bell: Bell,
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
