/** What a form is told about the names that its expressions may use. Where the values come from is not its business. */
import type { ComponentType } from "react";
import type { Kept, Offer } from "@/model/offers";

export interface Names {
  /** All of them now; asked when somebody wants to choose one. */
  offers(): readonly Offer[];
  /** Shows the value that a name had the last time. */
  readonly Preview: ComponentType<{ kept: Kept }>;
}
