/** Choosing a name while a text is typed: the keyboard alone is enough, and the focus stays in the text. */
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import SchemaForm from "@/forms/SchemaForm";
import type { Kept, Offer } from "@/model/offers";

const offers: Offer[] = [
  { name: "input", label: "What arrives here", kept: { node: "here", side: "inputs", port: "input" } },
  { name: "nodes.draft.output", label: "Draft", kept: { node: "draft", side: "outputs", port: "output" } },
];
const names = {
  offers: () => offers,
  Preview: ({ kept }: { kept: Kept }) => <p>{"node" in kept && `was at ${kept.node}`}</p>,
};
const schema = { type: "object", properties: { prompt: { type: "string", "x-widget": "template" } } };

function show(text = "") {
  function Form() {
    const [value, setValue] = useState<unknown>({ prompt: text });
    return <SchemaForm name="form" schema={schema} value={value as never} names={names} onChange={setValue} />;
  }
  render(<Form />);
  return screen.getByRole("textbox", { name: "Prompt" }) as HTMLTextAreaElement;
}

const marked = () => screen.queryByRole("option", { selected: true })?.textContent;

describe("a text with expressions", () => {
  it("offers names once an expression is begun; arrows mark, Enter takes", async () => {
    const area = show();
    await userEvent.type(area, "Dear {{{{");
    expect(marked()).toMatch("What arrives here");
    await userEvent.keyboard("{ArrowDown}");
    expect(marked()).toMatch("Draft");
    expect(screen.getByText("was at draft")).toBeTruthy();
    expect(area.getAttribute("aria-activedescendant")).toBe(screen.getByRole("option", { selected: true }).id);
    await userEvent.keyboard("{Enter}");
    expect(area.value).toBe("Dear {{ nodes.draft.output }}");
    expect(area.selectionEnd).toBe(area.value.length);
    expect(document.activeElement).toBe(area);
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  it("narrows what is offered, and does not stand in the way of who types on", async () => {
    const area = show();
    await userEvent.type(area, "{{{{ dra");
    expect(screen.getAllByRole("option").length).toBe(1);
    await userEvent.keyboard("{Tab}");
    expect(area.value).toBe("{{ nodes.draft.output }}");
    await userEvent.type(area, "{{{{ input | upper }} end{Enter}");
    expect(area.value).toBe("{{ nodes.draft.output }}{{ input | upper }} end\n");
  });

  it("offers names at its button and at Ctrl+Space, and Escape closes only the offer", async () => {
    const area = show("Hello");
    await userEvent.click(screen.getByRole("button", { name: "Insert a value into Prompt" }));
    expect(document.activeElement).toBe(area);
    const escaped = fireEvent.keyDown(area, { key: "Escape" });
    expect(escaped).toBe(false);
    expect(screen.queryByRole("listbox")).toBeNull();
    await userEvent.keyboard("{Control>} {/Control}");
    await userEvent.click(screen.getByText("What arrives here"));
    expect(area.value).toBe("Hello{{ input }}");
  });
});
