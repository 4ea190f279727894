/** Text as Markdown, half-finished text included. Links leave only by hand and images from elsewhere are not loaded. */
import { defaultRehypePlugins, Streamdown } from "streamdown";

export default function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  return (
    <Streamdown
      mode={streaming ? "streaming" : "static"}
      controls={false}
      rehypePlugins={Object.values(defaultRehypePlugins)}
      className="text-[13px] leading-5.5 [&_h1]:text-lg [&_h2]:text-base [&_h3]:text-sm"
    >
      {text}
    </Streamdown>
  );
}
