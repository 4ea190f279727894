/** A small code editor. Loaded only where one is shown. Tab moves on, so that the keyboard is never trapped. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

interface CodeEditorProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  json?: boolean;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: boolean | undefined;
}

const look = EditorView.theme({
  "&": { fontSize: "12px", color: "var(--ink)", backgroundColor: "var(--panel)" },
  ".cm-content": { fontFamily: "var(--font-mono)", padding: "6px 2px", minHeight: "60px", caretColor: "var(--ink)" },
  ".cm-scroller": { maxHeight: "320px", overflow: "auto", lineHeight: "18px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "0" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.string], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--busy)" },
  { tag: [tags.propertyName, tags.keyword], color: "var(--accent)" },
  { tag: [tags.comment], color: "var(--ink-faint)" },
]);

export default function CodeEditor({ id, label, value, onChange, json: isJson = false, ...aria }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const tell = useRef(onChange);
  tell.current = onChange;
  const first = useRef(value);

  useEffect(() => {
    if (!place.current) return;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          history(),
          bracketMatching(),
          indentOnInput(),
          syntaxHighlighting(colours),
          syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ id, "aria-label": label, spellcheck: "false" }),
          ...(isJson ? [json()] : []),
          look,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) tell.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [id, label, isJson]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return (
    <div
      ref={place}
      className={`overflow-hidden rounded-md border ${aria["aria-invalid"] ? "border-bad" : "border-line-strong/60"}`}
    />
  );
}
