/** The generated files by name, made from the contract document. */
export function generate(contract: unknown): Record<string, string>;
