/** A labelled field with help and errors, and the plain inputs that stand in it. */
import { type ComponentProps, type ReactNode, useId } from "react";
import { Help } from "./Help";

export const inputLook =
  "w-full rounded-md border border-line-strong/60 bg-panel px-2.5 py-1.5 text-[13px] text-ink placeholder:text-ink-faint focus-visible:outline-2 focus-visible:outline-offset-0 aria-[invalid=true]:border-bad";

interface FieldProps {
  label: string;
  help?: ReactNode;
  errors?: readonly string[];
  required?: boolean;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

export function Field({ label, help, errors = [], required = false, children }: FieldProps) {
  const id = useId();
  const note = `${id}-note`;
  const hasNote = Boolean(help) || errors.length > 0;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-[13px] text-ink">
        {label}
        {required && <span className="ml-1 font-normal text-ink-faint">required</span>}
      </label>
      {children({ id, "aria-describedby": hasNote ? note : undefined, "aria-invalid": errors.length > 0 })}
      {hasNote && (
        <div id={note} className="flex flex-col gap-0.5 text-xs">
          {errors.map((error) => (
            <p key={error} className="text-bad">
              <Help text={error} />
            </p>
          ))}
          {help && <p className="text-ink-faint">{help}</p>}
        </div>
      )}
    </div>
  );
}

export function TextInput({ className = "", ...rest }: ComponentProps<"input">) {
  return (
    <input type="text" autoComplete="off" spellCheck={false} className={`${inputLook} h-8 ${className}`} {...rest} />
  );
}

/** As high as its text where the browser can do that, else of so many rows. */
export function TextArea({ className = "", rows = 4, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={rows}
      spellCheck={false}
      className={`${inputLook} field-sizing-content max-h-96 min-h-16 resize-y leading-5 ${className}`}
      {...rest}
    />
  );
}

interface SelectProps extends ComponentProps<"select"> {
  options: readonly { value: string; label: string }[];
}

export function Select({ options, className = "", ...rest }: SelectProps) {
  return (
    <select className={`${inputLook} h-8 pr-7 ${className}`} {...rest}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
