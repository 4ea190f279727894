/** Forms from schemas, as Rust types write them. */
import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { nodePolicySchema } from "@/api/generated/node-policy";
import type { Json } from "@/api/generated/types";
import SchemaForm from "@/forms/SchemaForm";
import { errorsOf } from "@/forms/validate";

// The editor needs a real layout; here a plain text area stands in its place.
vi.mock("@/kit/CodeEditor", () => ({
  default: ({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) => (
    <textarea aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} />
  ),
}));

const schema: Json = {
  type: "object",
  required: ["name", "mode"],
  $defs: {
    Level: {
      oneOf: [
        { const: "low", type: "string", description: "Rarely." },
        { const: "very_high", type: "string", description: "Always." },
      ],
    },
    Mode: {
      oneOf: [
        {
          type: "object",
          description: "Counts up.",
          properties: { type: { const: "count", type: "string" }, step: { type: "integer", minimum: 1 } },
          required: ["type", "step"],
        },
        {
          type: "object",
          properties: {
            type: { const: "ask_first", type: "string" },
            question: { type: "string", "x-widget": "multiline" },
          },
          required: ["type", "question"],
        },
      ],
    },
  },
  properties: {
    name: { type: "string", minLength: 1, description: "Shown to `people`." },
    limit: { type: ["integer", "null"], minimum: 2, maximum: 9 },
    exact: { type: "boolean", default: false },
    level: { $ref: "#/$defs/Level", default: "low" },
    mode: { $ref: "#/$defs/Mode" },
    tags: { type: "array", items: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } },
    headers: { type: "object", additionalProperties: { type: "string" } },
    anything: {},
  },
};

const start: Json = { name: "n", mode: { type: "count", step: 2 } };

function show(value: Json = start, given: Json = schema) {
  const changes: Json[] = [];
  function Form() {
    const [now, setNow] = useState(value);
    return (
      <SchemaForm
        name="form"
        schema={given}
        value={now}
        onChange={(next) => {
          changes.push(next);
          setNow(next);
        }}
      />
    );
  }
  const { container } = render(<Form />);
  return { changes, last: () => changes.at(-1), container };
}

describe("a form", () => {
  it("changes nothing by being opened", () => {
    expect(show().changes).toEqual([]);
  });

  it("labels every field, and shows doc comments as help", () => {
    const { container } = show();
    for (const label of ["Limit", "Level", "Mode", "Step"])
      expect(screen.getByLabelText(new RegExp(`^${label}`))).toBeTruthy();
    expect(screen.getByText("people").tagName).toBe("CODE");
    for (const input of container.querySelectorAll("input, select, textarea")) {
      const labels = (input as HTMLInputElement).labels?.length ?? 0;
      expect(labels > 0 || input.hasAttribute("aria-label")).toBe(true);
    }
  });

  it("writes text and numbers, and takes an emptied optional number out", async () => {
    const { last } = show({ ...(start as object), limit: 5 } as Json);
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: "new" } });
    expect(last()).toMatchObject({ name: "new", limit: 5 });
    fireEvent.change(screen.getByLabelText(/^Limit/), { target: { value: "" } });
    expect(last()).not.toHaveProperty("limit");
  });

  it("offers an enum's words with what they mean", async () => {
    const { last } = show();
    expect(screen.getByText("Rarely.")).toBeTruthy();
    await userEvent.selectOptions(screen.getByLabelText(/^Level/), "Very high");
    expect(last()).toMatchObject({ level: "very_high" });
    expect(screen.getByText("Always.")).toBeTruthy();
  });

  it("shows the fields of the chosen option only, and starts an option with its tag", async () => {
    const { last } = show();
    expect(screen.queryByLabelText(/^Question/)).toBeNull();
    await userEvent.selectOptions(screen.getByLabelText(/^Mode/), "Ask first");
    expect(last()).toMatchObject({ mode: { type: "ask_first", question: "" } });
    expect(last()).not.toHaveProperty("mode.step");
    fireEvent.change(screen.getByLabelText(/^Question/), { target: { value: "Sure?" } });
    expect(last()).toMatchObject({ mode: { type: "ask_first", question: "Sure?" } });
  });

  it("adds, fills and removes entries of a list", async () => {
    const { last } = show();
    await userEvent.click(screen.getByRole("button", { name: "Add to Tags" }));
    const entry = screen.getAllByLabelText(/^Name/).at(-1) as HTMLElement;
    fireEvent.change(entry, { target: { value: "red" } });
    expect(last()).toMatchObject({ tags: [{ name: "red" }] });
    await userEvent.click(screen.getByRole("button", { name: "Remove entry 1" }));
    expect(last()).toMatchObject({ tags: [] });
  });

  it("adds, renames and fills entries of a map", async () => {
    const { last } = show();
    await userEvent.click(screen.getByRole("button", { name: "Add entry" }));
    const name = screen.getByLabelText("Name of entry 1");
    fireEvent.change(name, { target: { value: "Accept" } });
    fireEvent.blur(name);
    const row = name.closest("div") as HTMLElement;
    fireEvent.change(within(row).getAllByRole("textbox").at(-1) as HTMLElement, { target: { value: "text/plain" } });
    expect(last()).toMatchObject({ headers: { Accept: "text/plain" } });
  });

  it("takes any JSON, and keeps the last valid value while it is none", async () => {
    const { last, changes } = show();
    const editor = await screen.findByLabelText("Anything");
    fireEvent.change(editor, { target: { value: '{"a": [1]}' } });
    expect(last()).toMatchObject({ anything: { a: [1] } });
    const before = changes.length;
    fireEvent.change(editor, { target: { value: '{"a": ' } });
    expect(changes.length).toBe(before);
    expect(screen.getByText(/not JSON yet/)).toBeTruthy();
  });

  it("puts the quotes on for those who only want a text", async () => {
    const { last } = show();
    const editor = await screen.findByLabelText("Anything");
    fireEvent.change(editor, { target: { value: 'say "hello"' } });
    await userEvent.click(screen.getByRole("button", { name: "Take as text" }));
    expect(last()).toMatchObject({ anything: 'say "hello"' });
    expect(screen.queryByText(/not JSON yet/)).toBeNull();
  });

  it("says what is wrong beside the field and hands the invalid value on all the same", () => {
    const { last } = show();
    fireEvent.change(screen.getByLabelText(/^Limit/), { target: { value: "11" } });
    expect(last()).toMatchObject({ limit: 11 });
    expect(screen.getByText("At most 9.")).toBeTruthy();
  });

  it("takes durations with their units, and keeps milliseconds", async () => {
    const { last, changes } = show({}, nodePolicySchema);
    const limit = screen.getByLabelText(/^Timeout/) as HTMLInputElement;
    await userEvent.type(limit, "1.5 min");
    expect(last()).toMatchObject({ timeout_ms: 90_000 });
    fireEvent.blur(limit);
    expect(limit.value).toBe("1 min 30 s");
    expect(screen.getByText("Time limit of one attempt. Empty: the server's limit.")).toBeTruthy();
    const before = changes.length;
    fireEvent.change(limit, { target: { value: "a while" } });
    expect(changes.length).toBe(before);
    expect(screen.getByText(/such as 90 s/)).toBeTruthy();
    fireEvent.change(limit, { target: { value: "" } });
    expect(last()).toEqual({});
  });

  it("draws a node's policy, and turns retry on and off", async () => {
    const { last } = show({}, nodePolicySchema);
    await userEvent.selectOptions(screen.getByLabelText(/^Retry/), "On");
    expect(last()).toMatchObject({ retry: { max_attempts: 1 } });
    await userEvent.selectOptions(screen.getByLabelText(/^On error/), "Fallback");
    expect(last()).toMatchObject({ on_error: { action: "fallback" } });
    await userEvent.selectOptions(screen.getByLabelText(/^Retry/), "Off");
    expect((last() as { retry?: Json }).retry).toBeUndefined();
  });
});

describe("errors", () => {
  const of = (value: Json) => Object.fromEntries(errorsOf(schema as object, value));

  it("are none for a value that fits", () => {
    expect(of(start)).toEqual({});
    expect(of({ ...(start as object), limit: null } as Json)).toEqual({});
  });

  it("stand at the place they are about", () => {
    expect(of({ name: "", mode: { type: "count", step: 0 }, tags: [{}] })).toEqual({
      "/name": ["This must not be empty."],
      "/mode/step": ["At least 1."],
      "/tags/0/name": ["This is needed."],
    });
  });

  it("speak of the chosen option only", () => {
    expect(of({ name: "n", mode: { type: "ask_first" } })).toEqual({ "/mode/question": ["This is needed."] });
  });
});
