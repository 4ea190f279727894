/** A tree of JSON that opens and closes, with the keyboard too. */
import { JsonView } from "react-json-view-lite";
import type { Json } from "@/api/generated/types";
import "./json-tree.css";

const openLevels = 2;
const styles = {
  container: "json-tree",
  basicChildStyle: "json-row",
  childFieldsContainer: "json-children",
  label: "json-label",
  clickableLabel: "json-label json-click",
  stringValue: "json-text",
  numberValue: "json-number",
  booleanValue: "json-number",
  nullValue: "json-number",
  undefinedValue: "json-number",
  otherValue: "json-text",
  punctuation: "json-mark",
  expandIcon: "json-fold json-folded",
  collapseIcon: "json-fold json-unfolded",
  collapsedContent: "json-more",
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  ariaLables: { collapseJson: "fold", expandJson: "unfold" },
  stringifyStringValues: true,
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
