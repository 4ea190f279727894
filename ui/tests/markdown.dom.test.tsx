/** Markdown from models and files does no harm. */
import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import Markdown from "@/kit/Markdown";

const hostile = `
# Title

<script>window.stolen = 1</script>
<img src="https://example.org/pixel.png" onerror="window.stolen = 1">
<iframe src="https://example.org"></iframe>
<svg onload="window.stolen = 1"></svg>
<style>body { display: none }</style>
<form action="https://example.org"><input name="key"></form>

![secret](https://example.org/?q=secret)
[click](javascript:window.stolen=1) [data](data:text/html,<script>1</script>)
[fine](https://example.org/page)
<a href="jAvAsCrIpT:1">odd</a>
`;

describe("Markdown", () => {
  it("shows structure", () => {
    const { container } = render(<Markdown text={"# Title\n\n- one\n- **two**\n\n`code`"} />);
    expect(container.querySelector("h1")?.textContent).toBe("Title");
    expect(container.querySelectorAll("li")).toHaveLength(2);
    expect(container.querySelector("code")?.textContent).toBe("code");
  });

  it("runs nothing, fetches nothing and leads nowhere by script", () => {
    const { container } = render(<Markdown text={hostile} />);
    expect(
      container.querySelectorAll("script, iframe, style, form, object, embed, img, svg[onload], [onerror]"),
    ).toHaveLength(0);
    for (const link of container.querySelectorAll("a"))
      expect(link.getAttribute("href") ?? "").not.toMatch(/^\s*(javascript|data):/i);
    expect(container.textContent).toContain("[image: secret]");
    expect("stolen" in window).toBe(false);
  });
});
