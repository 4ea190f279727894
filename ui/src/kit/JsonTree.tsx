/** A tree of JSON that opens and closes, with the keyboard too. */
import { defaultStyles, JsonView } from "react-json-view-lite";
import "react-json-view-lite/dist/index.css";
import type { Json } from "@/api/generated/types";
import "./json-tree.css";

const openLevels = 2;
const styles = {
  ...defaultStyles,
  container: "json-tree",
  label: "json-label",
  stringValue: "json-text",
  numberValue: "json-number",
  booleanValue: "json-number",
  nullValue: "json-number",
  punctuation: "json-mark",
  quotesForFieldNames: false,
};

export default function JsonTree({ value }: { value: Json }) {
  return (
    <JsonView
      data={value as object}
      style={styles}
      shouldExpandNode={(level) => level < openLevels}
      clickToExpandNode
    />
  );
}
