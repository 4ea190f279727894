/** A form made from a JSON Schema. Every change is handed on, invalid ones too; errors show beside their fields. */
import type { IChangeEvent } from "@rjsf/core";
// The package's own entry also names its test tools, which ask for another validator.
import Form from "@rjsf/core/lib/components/Form.js";
import { useMemo } from "react";
import type { Json } from "@/api/generated/types";
import { fields } from "./fields";
import type { Names } from "./names";
import { ordered, prepare, type Schema } from "./prepare";
import { templates } from "./templates";
import { asTree, errorsOf, type FieldNote, formValidator, withNotes } from "./validate";
import { widgets } from "./widgets";

interface SchemaFormProps {
  schema: Json;
  value: Json | undefined;
  onChange: (value: Json) => void;
  /** What the server has to say about fields, by JSON Pointer. */
  notes?: readonly FieldNote[];
  /** Names of fields in the order they are shown; the rest follow, needed ones first. */
  order?: readonly string[];
  /** What expressions in this form can name. */
  names?: Names;
  /** Distinguishes forms on one page. */
  name: string;
}

/** What was never set is not written into the document by opening its form. */
const noDefaults = {
  emptyObjectFields: "skipDefaults",
  arrayMinItems: { populate: "never" },
  allOf: "skipDefaults",
  constAsDefaults: "never",
} as const;

export default function SchemaForm({ schema, value, onChange, order, notes, names, name }: SchemaFormProps) {
  const root = schema as Schema;
  const prepared = useMemo(() => ordered(prepare(root), order), [root, order]);
  const errors = useMemo(() => asTree(withNotes(errorsOf(root, value), notes)), [root, value, notes]);
  const changed = (event: IChangeEvent, id?: string) => {
    // Without an id nobody typed: the library only tidied its own state.
    // What was emptied is left out, as it is in JSON.
    if (id !== undefined) onChange(JSON.parse(JSON.stringify(event.formData ?? {})) as Json);
  };
  return (
    <Form
      idPrefix={name}
      tagName="div"
      schema={prepared.schema}
      uiSchema={{ ...prepared.ui, "ui:submitButtonOptions": { norender: true } }}
      formData={value}
      validator={formValidator}
      fields={fields}
      widgets={widgets}
      templates={templates}
      formContext={{ names }}
      extraErrors={errors}
      experimental_defaultFormStateBehavior={noDefaults}
      noValidate
      showErrorList={false}
      noHtml5Validate
      onChange={changed}
    />
  );
}
