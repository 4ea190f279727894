/** The one shape in which a refused or broken-off command reaches the pages, over either transport. */
import type { Code, Failure, Json } from "./generated/types";

/** `offline` is ours: the server could not be reached at all. */
export type FailureCode = Code | "offline";

export class CommandFailure extends Error {
  readonly code: FailureCode;
  readonly details: Json | undefined;

  constructor(code: FailureCode, message: string, details?: Json) {
    super(message);
    this.name = "CommandFailure";
    this.code = code;
    this.details = details;
  }

  static of(failure: Failure): CommandFailure {
    return new CommandFailure(failure.code, failure.message, failure.details);
  }
}

export function isFailure(value: unknown): value is Failure {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    "message" in value &&
    typeof value.message === "string"
  );
}

/** Anything thrown, as a failure; an unknown one counts as a defect. */
export function asFailure(thrown: unknown): CommandFailure {
  if (thrown instanceof CommandFailure) return thrown;
  if (isFailure(thrown)) return CommandFailure.of(thrown);
  return new CommandFailure("internal", thrown instanceof Error ? thrown.message : String(thrown));
}
