/** Buttons: with words, or with an icon that carries its words as label and tooltip. */
import type { ComponentProps, ReactNode } from "react";

export type ButtonLook = "primary" | "plain" | "quiet" | "danger";

const looks: Record<ButtonLook, string> = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover border-transparent",
  plain: "bg-panel text-ink border-line hover:bg-hover",
  quiet: "text-ink-soft border-transparent hover:bg-hover hover:text-ink",
  danger: "bg-panel text-bad border-line hover:bg-bad-soft hover:border-bad",
};

const shape =
  "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none transition-colors disabled:opacity-50 disabled:pointer-events-none";

interface ButtonProps extends ComponentProps<"button"> {
  look?: ButtonLook;
  small?: boolean;
}

export function Button({ look = "plain", small = false, className = "", type = "button", ...rest }: ButtonProps) {
  const size = small ? "h-7 px-2 text-[13px]" : "h-8 px-3 text-[13px]";
  return <button type={type} className={`${shape} ${size} ${looks[look]} ${className}`} {...rest} />;
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label" | "title"> {
  label: string;
  /** The key that does the same, shown in the tooltip. */
  keys?: string;
  look?: ButtonLook;
  children: ReactNode;
}

export function IconButton({
  label,
  keys,
  look = "quiet",
  className = "",
  children,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      className={`${shape} size-8 shrink-0 ${looks[look]} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
