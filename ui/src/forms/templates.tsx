/** How a generated form is laid out: label, input, errors and help under each other; objects and lists as groups. */
import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
} from "@rjsf/utils";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { Button, IconButton } from "@/kit/Button";
import { Help } from "@/kit/Help";

function FieldTemplate({
  id,
  label,
  required,
  rawErrors = [],
  rawDescription,
  children,
  hidden,
  schema,
  uiSchema,
  fieldPathId,
}: FieldTemplateProps) {
  if (hidden) return <div hidden>{children}</div>;
  const group = schema.type === "object" || schema.type === "array";
  // What a choice or a map is for is said before it, since more fields follow.
  const above = group || "x-variants" in schema || "x-entry" in schema;
  const atRoot = fieldPathId.path.length === 0;
  const isTick = schema.type === "boolean";
  const isEntry = typeof fieldPathId.path.at(-1) === "number";
  const labelled = uiSchema?.["ui:label"] !== false && label !== "" && !isEntry;
  const help =
    rawDescription && labelled && !atRoot ? (
      <p className="text-ink-faint text-xs">
        <Help text={rawDescription} />
      </p>
    ) : null;
  return (
    <div className="flex flex-col gap-1">
      {labelled && !group && !isTick && (
        <label htmlFor={id} className="font-medium text-[13px]">
          {label}
          {required && <span className="ml-1 font-normal text-ink-faint">required</span>}
        </label>
      )}
      {group && labelled && !atRoot && <div className="font-medium text-[13px]">{label}</div>}
      {above && help}
      {children}
      {!group && (
        <div id={`${id}__note`} className="flex flex-col gap-0.5 text-xs empty:hidden">
          {rawErrors.map((error) => (
            <p key={error} className="text-bad">
              <Help text={error} />
            </p>
          ))}
          {!above && help}
        </div>
      )}
      {group &&
        rawErrors.map((error) => (
          <p key={error} className="text-bad text-xs">
            {error}
          </p>
        ))}
    </div>
  );
}

function ObjectFieldTemplate({ properties, fieldPathId }: ObjectFieldTemplateProps) {
  const inset = fieldPathId.path.length > 0;
  return (
    <div className={`flex flex-col gap-4 ${inset ? "gap-3" : ""}`}>
      {properties.map((property) => property.content)}
    </div>
  );
}

function ArrayFieldTemplate({ items, canAdd, onAddClick, title }: ArrayFieldTemplateProps) {
  return (
    <div className="flex flex-col gap-2">
      {items}
      {canAdd && (
        <Button small className="self-start" onClick={onAddClick} aria-label={`Add to ${title}`}>
          <Plus size={14} aria-hidden /> Add
        </Button>
      )}
    </div>
  );
}

function ArrayFieldItemTemplate({ children, index, buttonsProps, hasToolbar }: ArrayFieldItemTemplateProps) {
  const entry = `entry ${index + 1}`;
  return (
    <div className="flex items-start gap-1 rounded-md border bg-sunken/60 p-2">
      <div className="min-w-0 flex-1">{children}</div>
      {hasToolbar && (
        <div className="flex flex-col">
          {buttonsProps.hasMoveUp && (
            <IconButton className="size-6" label={`Move ${entry} up`} onClick={buttonsProps.onMoveUpItem}>
              <ArrowUp size={13} aria-hidden />
            </IconButton>
          )}
          {buttonsProps.hasMoveDown && (
            <IconButton className="size-6" label={`Move ${entry} down`} onClick={buttonsProps.onMoveDownItem}>
              <ArrowDown size={13} aria-hidden />
            </IconButton>
          )}
          {buttonsProps.hasRemove && (
            <IconButton className="size-6" label={`Remove ${entry}`} onClick={buttonsProps.onRemoveItem}>
              <Trash2 size={13} aria-hidden />
            </IconButton>
          )}
        </div>
      )}
    </div>
  );
}

export const templates = { FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate, ArrayFieldItemTemplate };
