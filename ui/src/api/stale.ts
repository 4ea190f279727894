/** Which cached replies an event makes stale: by the topics of the event and of the command, narrowed by id. */
import { type Announced, type CommandName, commandTopics, type Topic } from "./generated/types";

/** How long stale topics are gathered before the cache is told, so that a busy run does not refetch without pause. */
export const gatherMs = 300;

export type CommandKey = readonly [name: CommandName, params: unknown];

export function isCommandKey(key: readonly unknown[]): key is CommandKey {
  return typeof key[0] === "string" && key[0] in commandTopics;
}

/** True when the reply under `key` may have changed by what was announced. */
export function concerns(announced: Announced, [name, params]: CommandKey): boolean {
  const row = commandTopics[name];
  // Health counts the runs.
  if (name === "system.health" && announced.event.type.startsWith("run.")) return true;
  if (row.access !== "reads" || !row.topics.some((topic) => announced.topics.includes(topic))) return false;
  const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
  if (id === undefined) return !(name === "runs.list" && announced.event.type.startsWith("node."));
  const subject = subjectOf(name, announced);
  return subject === undefined || subject === id;
}

/** True when a command that changes these topics makes the reply under `key` stale. */
export function touches(topics: readonly Topic[], [name]: CommandKey): boolean {
  const row = commandTopics[name];
  return row.access === "reads" && row.topics.some((topic) => topics.includes(topic));
}

function subjectOf(name: CommandName, announced: Announced): string | null | undefined {
  if (name.startsWith("runs.")) return announced.run_id;
  if (name.startsWith("workflows.")) return announced.workflow_id;
  return undefined;
}
