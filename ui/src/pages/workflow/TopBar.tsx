/** The editor's head: name, state of saving, undo, problems, run. */
import { Link, useNavigate } from "@tanstack/react-router";
import {
  ChevronLeft,
  CircleAlert,
  CircleCheck,
  Download,
  EllipsisVertical,
  History,
  LayoutDashboard,
  NotebookPen,
  Play,
  Redo2,
  Square,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { useRef, useState } from "react";
import { tidy } from "@/canvas/actions";
import { useEditor } from "@/canvas/context";
import { Button, IconButton } from "@/kit/Button";
import { Dialog } from "@/kit/Dialog";
import { TextArea } from "@/kit/Field";
import { Menu } from "@/kit/Menu";
import { count } from "@/model/format";
import { exportWorkflow } from "../workflows/RowMenu";
import { SaveBadge } from "./SaveBadge";
import type { OpenDocument } from "./useDocument";
import type { Validation } from "./useFindings";
import type { RunControl } from "./useRunControl";

interface TopBarProps {
  id: string;
  document: OpenDocument;
  run: RunControl;
  problems: Validation;
  onProblems: () => void;
}

export function TopBar({ id, document, run, problems, onProblems }: TopBarProps) {
  const navigate = useNavigate();
  const name = useEditor(({ history }) => history.doc.name);
  const undoable = useEditor(({ history }) => history.past.at(-1)?.label);
  const redoable = useEditor(({ history }) => history.future.at(-1)?.label);
  const { undo, redo } = document.editor.getState();
  const [describing, setDescribing] = useState(false);
  return (
    <section aria-label="Workflow" className="flex h-12 shrink-0 items-center gap-1.5 border-b bg-panel px-2">
      <h1 className="sr-only">{name}</h1>
      <Link
        to="/"
        aria-label="All workflows"
        className="inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-hover"
      >
        <ChevronLeft size={18} aria-hidden />
      </Link>
      <Name document={document} />
      <SaveBadge save={document.save} />
      <div className="mx-1 h-5 border-l" />
      <IconButton
        label={undoable ? `Undo ${undoable}` : "Nothing to undo"}
        keys="Ctrl+Z"
        disabled={!undoable}
        onClick={undo}
      >
        <Undo2 size={16} aria-hidden />
      </IconButton>
      <IconButton
        label={redoable ? `Redo ${redoable}` : "Nothing to redo"}
        keys="Ctrl+Shift+Z"
        disabled={!redoable}
        onClick={redo}
      >
        <Redo2 size={16} aria-hidden />
      </IconButton>
      <div className="flex-1" />
      <ProblemsButton problems={problems} onClick={onProblems} />
      <Menu
        label="More"
        trigger={<EllipsisVertical size={16} aria-hidden />}
        items={[
          {
            label: "Runs of this workflow",
            icon: <History size={14} aria-hidden />,
            onSelect: () => void navigate({ to: "/runs", search: { workflow: id } }),
          },
          {
            label: "Tidy up the layout",
            keys: "Shift+L",
            icon: <LayoutDashboard size={14} aria-hidden />,
            onSelect: () => tidy(document.editor),
          },
          { label: "Description…", icon: <NotebookPen size={14} aria-hidden />, onSelect: () => setDescribing(true) },
          {
            label: "Export",
            icon: <Download size={14} aria-hidden />,
            onSelect: () => void document.flush().then(() => exportWorkflow(id, name)),
          },
        ]}
      />
      {run.active ? (
        <Button look="danger" onClick={run.cancel}>
          <Square size={13} aria-hidden /> Stop
        </Button>
      ) : (
        <Button look="primary" onClick={run.toggle} disabled={run.starting} aria-keyshortcuts="Control+Enter">
          <Play size={14} aria-hidden /> {run.starting ? "Starting…" : "Run"}
        </Button>
      )}
      <Description open={describing} onClose={() => setDescribing(false)} />
    </section>
  );
}

function Description({ open, onClose }: { open: boolean; onClose: () => void }) {
  const description = useEditor(({ history }) => history.doc.description);
  const act = useEditor((editor) => editor.act);
  return (
    <Dialog open={open} onClose={onClose} title="Description">
      <TextArea
        aria-label="Description"
        rows={5}
        value={description}
        onChange={(event) =>
          act({
            label: "change description",
            edits: [{ type: "describe", description: event.target.value }],
            mergeKey: "description",
          })
        }
      />
    </Dialog>
  );
}

function Name({ document }: { document: OpenDocument }) {
  const name = useEditor(({ history }) => history.doc.name);
  const act = useEditor((editor) => editor.act);
  const before = useRef(name);
  return (
    <input
      aria-label="Workflow name"
      value={name}
      size={Math.max(8, Math.min(40, name.length + 1))}
      spellCheck={false}
      autoComplete="off"
      className="h-8 min-w-0 rounded-md border border-transparent bg-transparent px-2 font-semibold text-[14px] hover:border-line focus:border-line-strong"
      onFocus={() => {
        before.current = name;
      }}
      onChange={(event) =>
        act({ label: "rename workflow", edits: [{ type: "rename", name: event.target.value }], mergeKey: "name" })
      }
      onBlur={() => {
        // A workflow without a name could not be found again.
        if (document.editor.getState().history.doc.name.trim() === "")
          act({ label: "rename workflow", edits: [{ type: "rename", name: before.current }], mergeKey: "name" });
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function ProblemsButton({ problems, onClick }: { problems: Validation; onClick: () => void }) {
  const { errors, warnings, unknown } = problems;
  if (unknown) return null;
  const look = errors > 0 ? "text-bad" : warnings > 0 ? "text-warn" : "text-good";
  const words =
    errors + warnings === 0
      ? "No problems"
      : [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ");
  const Mark = errors > 0 ? CircleAlert : warnings > 0 ? TriangleAlert : CircleCheck;
  return (
    <Button look="quiet" onClick={onClick}>
      <Mark size={14} aria-hidden className={look} /> {words}
    </Button>
  );
}
