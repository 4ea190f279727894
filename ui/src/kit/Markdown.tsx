/** Text as Markdown, half-finished text included. What a model or a file says is never trusted: markup is cleaned, images are
 *  not fetched (their address would tell others what was read), and a link is asked about before it leaves. */
import { Streamdown } from "streamdown";

const components = {
  img: ({ alt }: { alt?: string | undefined }) => (
    <span className="text-ink-faint">[image{alt ? `: ${alt}` : ""}]</span>
  ),
};

export default function Markdown({ text }: { text: string }) {
  return (
    <Streamdown
      mode="static"
      controls={false}
      components={components}
      linkSafety={{ enabled: true }}
      className="max-w-[80ch] text-[13px] leading-5.5 [&_h1]:text-lg [&_h2]:text-base [&_h3]:text-sm"
    >
      {text}
    </Streamdown>
  );
}
