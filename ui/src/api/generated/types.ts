// Generated from schema.json by scripts/generate.mjs. Do not edit.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An event with its place in the stream. `seq` grows over all events of this database; gaps are allowed, disorder is not. */
export type Announced = {
  at_ms: number;
  event: Event;
  run_id?: RunId | null;
  seq: number;
  /** What a cache of earlier replies should drop. */
  topics: Topic[];
  workflow_id?: WorkflowId | null;
};

/** `runs.cancel`: a finished run stays as it is. */
export type CancelRun = {
  id: RunId;
};

export type Capability = "network" | "files" | "process" | "secrets" | "model";

/** What a caller can react to. A code exists only where a caller does something different for it. */
export type Code = "too_large" | "invalid_request" | "invalid_workflow" | "not_found" | "conflict" | "unauthorized" | "forbidden" | "busy" | "timeout" | "unavailable" | "internal";

/** `workflows.create` */
export type CreateWorkflow = {
  description: string;
  graph: WorkflowGraph;
  name: string;
};

/** `runs.decide_items`: what to do with items in quarantine. Refused with `conflict` when one of them is not there. */
export type DecideItems = {
  decision: ItemDecision;
  id: RunId;
  /** The items. Empty: all that this region has in quarantine. */
  items: ItemPath[];
  node_id: NodeId;
};

/** `runs.delete`: a run that has ended, with its journal, events and outputs. Refused with `conflict` before its end. */
export type DeleteRun = {
  id: RunId;
};

/** `workflows.delete`: refused with `conflict` while a run of it is not finished. */
export type DeleteWorkflow = {
  id: WorkflowId;
};

export type Deleted = {
  id: WorkflowId;
};

export type DeletedRun = {
  id: RunId;
};

/** `workflows.duplicate` */
export type DuplicateWorkflow = {
  id: WorkflowId;
};

/** One connection. Its four parts together are its identity. */
export type EdgeSpec = {
  source: NodeId;
  source_port: PortName;
  target: NodeId;
  target_port: PortName;
};

export type Event = {
  revision: number;
  type: "workflow.changed";
} | {
  type: "workflow.deleted";
} | {
  key: SettingKey;
  type: "setting.changed";
} | ({
  message?: (string | null);
  part: string;
  state: PartState;
  type: "part.changed";
}) | {
  type: "run.started";
  workflow_revision: number;
} | {
  type: "run.resumed";
} | {
  type: "run.waiting";
  wake_at_ms: number;
} | {
  node_id: NodeId;
  type: "run.needs_attention";
} | ({
  failure?: NodeFailure | null;
  status: RunStatus;
  type: "run.finished";
  usage: Usage;
}) | {
  run_id: RunId;
  type: "run.deleted";
} | {
  count: number;
  type: "runs.expired";
} | {
  attempt: number;
  item?: ItemPath;
  node_id: NodeId;
  type: "node.started";
} | {
  attempt: number;
  item?: ItemPath;
  node_id: NodeId;
  /** The ports through which something left. */
  ports: PortName[];
  started_at_ms: number;
  type: "node.finished";
  usage: Usage;
} | {
  item?: ItemPath;
  node_id: NodeId;
  total: number;
  type: "region.grew";
} | {
  failure: NodeFailure;
  item: ItemPath;
  node_id: NodeId;
  /** It waits for a person. */
  quarantined: boolean;
  type: "item.failed";
} | {
  count: number;
  decision: ItemDecision;
  item?: ItemPath;
  node_id: NodeId;
  type: "item.decided";
} | {
  attempt: number;
  failure: NodeFailure;
  item?: ItemPath;
  node_id: NodeId;
  started_at_ms: number;
  type: "node.failed";
} | {
  attempt: number;
  due_at_ms: number;
  failure: NodeFailure;
  item?: ItemPath;
  node_id: NodeId;
  type: "node.retrying";
} | {
  due_at_ms: number;
  item?: ItemPath;
  node_id: NodeId;
  type: "node.waiting";
} | {
  item?: ItemPath;
  node_id: NodeId;
  type: "node.skipped";
} | {
  attempt: number;
  item?: ItemPath;
  node_id: NodeId;
  type: "node.uncertain";
} | {
  item?: ItemPath;
  node_id: NodeId;
  type: "node.cancelled";
};

/** What a subscriber wants to see. Empty fields let everything through. */
export type EventFilter = {
  /** Replay from after this place; empty: from now on. */
  after_seq?: (number | null);
  run_id?: RunId | null;
  /** Also token text and progress. */
  signals: boolean;
  workflow_id?: WorkflowId | null;
};

export type EventPage = {
  events: Announced[];
  /** More follow after the last one. */
  more: boolean;
};

/** `workflows.export` */
export type ExportWorkflow = {
  id: WorkflowId;
};

/** How a node type looks and behaves from outside. */
export type Face = {
  /** What the node may reach outside. */
  capabilities: Capability[];
  /** One sentence for the palette. */
  description: string;
  group: Group;
  /** Name of an icon of the lucide set. */
  icon: string;
  inputs: InputPort[];
  label: string;
  outputs: OutputPort[];
  replay: ReplayClass;
  role: NodeRole;
};

/** Why a command was refused or broke off. `code` is stable, `message` is for people. */
export type Failure = {
  code: Code;
  details?: Json | null;
  message: string;
};

export type Finding = {
  level: Level;
  message: string;
  node_id?: NodeId | null;
  /** Port or config field (as JSON Pointer) that the finding is about. */
  place?: (string | null);
  /** Stable name of the rule, such as `unknown_kind`. */
  rule: string;
};

/** What a check found. `valid` when no finding is an error. */
export type Findings = {
  findings: Finding[];
  valid: boolean;
};

export type FormatTag = "ai-studio/1";

/** One message of the event stream to a subscriber. */
export type Frame = {
  frame: "ready";
  seq: number;
} | (Announced & {
  frame: "event";
}) | {
  frame: "signal";
  signal: Signal;
} | {
  after_seq: number;
  frame: "lagged";
};

/** `system.health` */
export type GetHealth = Record<string, never>;

/** `runs.get` */
export type GetRun = {
  id: RunId;
};

/** `runs.node`: one node's input, output, times and failure. */
export type GetRunNode = {
  id: RunId;
  item?: ItemPath;
  node_id: NodeId;
};

/** `settings.get` */
export type GetSetting = {
  key: SettingKey;
};

/** `system.version` */
export type GetVersion = Record<string, never>;

/** `workflows.get` */
export type GetWorkflow = {
  id: WorkflowId;
  /** The revision that a run is pinned to. Empty: the current one. */
  revision?: (number | null);
};

export type Group = "flow" | "ai" | "data" | "files" | "network" | "utility";

export type Health = {
  parts: PartHealth[];
  /** Takes new runs. */
  ready: boolean;
  runs_in_flight: number;
  runs_queued: number;
  runs_waiting: number;
};

/** `workflows.import` */
export type ImportWorkflow = {
  file: WorkflowFile;
};

export type InputPort = {
  label: string;
  /** Takes any number of edges and hands the node a list, in the order of the edges. */
  many: boolean;
  name: string;
  /** The node is skipped when edges lead here and none of them brings a value. */
  required: boolean;
  type: PortType;
};

/** How the passes of a node inside a region stand. */
export type ItemCounts = {
  /** Passes that have begun. */
  begun: number;
  failed: number;
  skipped: number;
  succeeded: number;
};

/** What to do with items in quarantine. */
export type ItemDecision = "retry" | "drop";

/** Which pass through the regions around a node: the places of the items (or turns) from 0, outermost first, joined by dots. Empty outside of regions. */
export type ItemPath = string;



export type Level = "error" | "warning";

/** `nodes.list`: every node type this server can run. */
export type ListNodeTypes = Record<string, never>;

/** `runs.quarantine`: failed items that wait for a person. */
export type ListQuarantine = {
  id: RunId;
};

/** `runs.events`: what was announced about this run, oldest first. */
export type ListRunEvents = {
  after_seq: number;
  id: RunId;
  /** At most this many, up to 1000. Empty: 200. */
  limit?: (number | null);
};

/** `runs.nodes`: every node of the run and its state. */
export type ListRunNodes = {
  id: RunId;
};

/** `runs.list`: newest first. */
export type ListRuns = {
  /** Only runs older than this one, for the next page. */
  before?: RunId | null;
  /** At most this many, up to 200. Empty: 50. */
  limit?: (number | null);
  status?: RunStatus | null;
  workflow_id?: WorkflowId | null;
};

/** `settings.list` */
export type ListSettings = Record<string, never>;

/** `workflows.list`: newest change first. */
export type ListWorkflows = Record<string, never>;

export type NodeCatalogue = {
  types: NodeType[];
};

/** Why a node (and by it a run) failed. */
export type NodeFailure = {
  /** Stable name of the kind of failure, such as `timeout` or `http_status`. */
  code: string;
  details?: Json | null;
  item?: ItemPath;
  message: string;
  /** The node that failed, where the failure belongs to one. */
  node_id?: NodeId | null;
  /** May pass by itself: another attempt can succeed. */
  transient: boolean;
};

/** A node inside one workflow: letters, digits, `_` and `-`, chosen by its author. */
export type NodeId = string;

/** What happens around a node: time limit, repetition, failure. */
export type NodePolicy = {
  on_error: OnError;
  /** What happens when the server stops while this step is under way, so that nobody can tell whether it took effect. Only more careful than the node type asks for by itself. */
  replay?: ReplayClass | null;
  retry?: RetryPolicy | null;
  /** Time limit of one attempt in milliseconds. Empty: the server's limit. */
  timeout_ms?: (number | null);
};

export type NodeRole = "step" | "result" | "note" | "iterator" | "aggregator" | "loop" | "exit";

/** One node of a run, without what went through it. */
export type NodeRun = {
  /** The latest attempt, from 1; 0 before the first. */
  attempt: number;
  ended_at_ms?: (number | null);
  failure?: NodeFailure | null;
  /** For a node inside a region: its passes. The other fields tell how the node stands over all of them. */
  items?: ItemCounts | null;
  node_id: NodeId;
  /** The ports through which something left; empty until the node ended. */
  ports: PortName[];
  started_at_ms?: (number | null);
  status: NodeStatus;
  wake_at_ms?: (number | null);
};

/** One node of a run with what went in and came out, by port. */
export type NodeRunDetail = {
  /** The latest attempt, from 1; 0 before the first. */
  attempt: number;
  ended_at_ms?: (number | null);
  failure?: NodeFailure | null;
  inputs: { [key: string]: Json };
  /** For a node inside a region: its passes. The other fields tell how the node stands over all of them. */
  items?: ItemCounts | null;
  node_id: NodeId;
  outputs: { [key: string]: Json };
  /** The ports through which something left; empty until the node ended. */
  ports: PortName[];
  started_at_ms?: (number | null);
  status: NodeStatus;
  wake_at_ms?: (number | null);
};

export type NodeSpec = {
  config: Json;
  id: NodeId;
  /** The node type, such as `http_request`. */
  kind: string;
  /** Shown on the canvas; the type's label when empty. */
  label?: string;
  policy?: NodePolicy;
};

export type NodeStatus = ("pending" | "running" | "succeeded" | "failed" | "skipped" | "cancelled") | "retrying" | "waiting" | "uncertain";

/** One node type. */
export type NodeType = {
  config_schema: Json;
  default_config: Json;
  face: Face;
  /** The name used in workflow files, such as `http_request`. */
  kind: string;
};

export type OnError = {
  action: "fail";
} | {
  action: "error_port";
} | {
  action: "fallback";
  value: Json;
} | {
  action: "skip";
};

/** One output port, or a family of ports that the config names. */
export type OutputPort = {
  from: "fixed";
  label: string;
  name: string;
  type: PortType;
} | {
  field: string;
  from: "config";
  type: PortType;
};

export type PartHealth = {
  /** The last failure, or what is being waited for. */
  message?: (string | null);
  /** `database`, `events`, `runs` or `sidecar`. */
  part: string;
  /** How often it was restarted since the start. */
  restarts: number;
  state: PartState;
};

export type PartState = ("starting" | "up") | "down" | "off";

/** A port of a node: `input`, `response`, a router branch. */
export type PortName = string;

/** What travels along an edge. */
export type PortType = "any" | "text" | "number" | "boolean" | "list" | "json" | "blob";

/** Canvas coordinates of a node's top left corner. */
export type Position = {
  x: number;
  y: number;
};

export type Quarantine = {
  items: QuarantinedItem[];
};

/** An item that failed and waits for a person. */
export type QuarantinedItem = {
  failure: NodeFailure;
  item: ItemPath;
  node_id: NodeId;
  value: Json;
};

/** What may happen to a step whose outcome is unknown after a crash, from the loosest to the strictest. */
export type ReplayClass = "pure" | "idempotent" | "at_least_once" | "at_most_once";

export type RetryOn = "transient" | "any";

/** When and how often a failed attempt is repeated. */
export type RetryPolicy = {
  /** Pause before the second attempt in milliseconds; doubled before each later one, plus up to a quarter of jitter. */
  backoff_ms: number;
  /** All attempts together, the first included. */
  max_attempts: number;
  /** Longest pause in milliseconds. */
  max_backoff_ms: number;
  on: RetryOn;
};

export type Run = {
  created_at_ms: number;
  ended_at_ms?: (number | null);
  failure?: NodeFailure | null;
  id: RunId;
  inputs: { [key: string]: Json };
  /** What reached the output nodes, by their names. Empty until the run ends. */
  outputs: { [key: string]: Json };
  status: RunStatus;
  usage: Usage;
  /** When the earliest timer of a waiting run fires. */
  wake_at_ms?: (number | null);
  workflow_id: WorkflowId;
  /** The revision of the workflow that this run is pinned to. */
  workflow_revision: number;
};

/** One execution of a workflow. A time-ordered UUID. */
export type RunId = string;

export type RunList = {
  /** Pass as `before` for the next page; empty on the last. */
  next?: RunId | null;
  runs: RunSummary[];
};

export type RunNodes = {
  nodes: NodeRun[];
};

export type RunStatus = ("running" | "succeeded" | "failed" | "cancelled") | "queued" | "waiting" | "needs_attention";

export type RunSummary = {
  created_at_ms: number;
  ended_at_ms?: (number | null);
  failure?: NodeFailure | null;
  id: RunId;
  status: RunStatus;
  usage: Usage;
  /** When the earliest timer of a waiting run fires. */
  wake_at_ms?: (number | null);
  workflow_id: WorkflowId;
  /** The revision of the workflow that this run is pinned to. */
  workflow_revision: number;
};

/** `settings.set`: a value that does not fit the schema is refused. */
export type SetSetting = {
  key: SettingKey;
  value: Json;
};

export type Setting = {
  default: Json;
  description: string;
  key: SettingKey;
  schema: Json;
  value: Json;
};

/** The name of a setting, as listed by `settings.list`. */
export type SettingKey = string;

export type SettingList = {
  settings: Setting[];
};

/** Shown while it happens, not stored: after a reload the node's output tells the rest. */
export type Signal = {
  attempt: number;
  item?: ItemPath;
  node_id: NodeId;
  offset: number;
  run_id: RunId;
  text: string;
  type: "text";
  workflow_id: WorkflowId;
} | {
  attempt: number;
  item?: ItemPath;
  message: string;
  node_id: NodeId;
  run_id: RunId;
  type: "progress";
  workflow_id: WorkflowId;
};

/** `runs.start` */
export type StartRun = {
  inputs: { [key: string]: Json };
  /** How long to wait for the end before answering, in milliseconds (at most 300,000). 0 answers as soon as the run is durable. */
  wait_ms: number;
  workflow_id: WorkflowId;
};

/** Names of what replies are made from; a command's row says which it reads or changes. */
export type Topic = "workflows" | "runs" | "nodes" | "settings" | "system";

/** `workflows.update`: what is left out stays. Refused with `conflict` when `expected_revision` is not the current one. */
export type UpdateWorkflow = {
  description?: (string | null);
  expected_revision: number;
  graph?: WorkflowGraph | null;
  id: WorkflowId;
  name?: (string | null);
};

/** Model tokens used. */
export type Usage = {
  input_tokens: number;
  output_tokens: number;
};

/** `workflows.validate`: checks a graph without storing it. */
export type ValidateWorkflow = {
  graph: WorkflowGraph;
};

export type Version = {
  /** `sqlite` or `postgres`, with its version. */
  database: string;
  /** The workflow file format that this server reads and writes. */
  format: string;
  version: string;
};

/** A stored workflow. `revision` grows by one with each change; a run keeps the revision it started with. */
export type Workflow = {
  created_at_ms: number;
  description: string;
  graph: WorkflowGraph;
  id: WorkflowId;
  name: string;
  revision: number;
  updated_at_ms: number;
};

/** A workflow as a file: `"format": "ai-studio/1"`, keys in this order. */
export type WorkflowFile = {
  description: string;
  edges: EdgeSpec[];
  format: FormatTag;
  layout: { [key: string]: Position };
  name: string;
  nodes: NodeSpec[];
};

/** Nodes, edges, and apart from them where the nodes stand on the canvas. */
export type WorkflowGraph = {
  edges: EdgeSpec[];
  layout: { [key: string]: Position };
  nodes: NodeSpec[];
};

/** A workflow. A time-ordered UUID, so newer ones sort later. */
export type WorkflowId = string;

export type WorkflowList = {
  workflows: WorkflowSummary[];
};

export type WorkflowSummary = {
  created_at_ms: number;
  description: string;
  id: WorkflowId;
  name: string;
  node_count: number;
  revision: number;
  updated_at_ms: number;
};

export interface Commands {
  "nodes.list": { params: ListNodeTypes; reply: NodeCatalogue };
  "runs.cancel": { params: CancelRun; reply: Run };
  "runs.decide_items": { params: DecideItems; reply: Run };
  "runs.delete": { params: DeleteRun; reply: DeletedRun };
  "runs.events": { params: ListRunEvents; reply: EventPage };
  "runs.get": { params: GetRun; reply: Run };
  "runs.list": { params: ListRuns; reply: RunList };
  "runs.node": { params: GetRunNode; reply: NodeRunDetail };
  "runs.nodes": { params: ListRunNodes; reply: RunNodes };
  "runs.quarantine": { params: ListQuarantine; reply: Quarantine };
  "runs.start": { params: StartRun; reply: Run };
  "settings.get": { params: GetSetting; reply: Setting };
  "settings.list": { params: ListSettings; reply: SettingList };
  "settings.set": { params: SetSetting; reply: Setting };
  "system.health": { params: GetHealth; reply: Health };
  "system.version": { params: GetVersion; reply: Version };
  "workflows.create": { params: CreateWorkflow; reply: Workflow };
  "workflows.delete": { params: DeleteWorkflow; reply: Deleted };
  "workflows.duplicate": { params: DuplicateWorkflow; reply: Workflow };
  "workflows.export": { params: ExportWorkflow; reply: WorkflowFile };
  "workflows.get": { params: GetWorkflow; reply: Workflow };
  "workflows.import": { params: ImportWorkflow; reply: Workflow };
  "workflows.list": { params: ListWorkflows; reply: WorkflowList };
  "workflows.update": { params: UpdateWorkflow; reply: Workflow };
  "workflows.validate": { params: ValidateWorkflow; reply: Findings };
}

export type CommandName = keyof Commands;

/** Which replies a command reads or makes stale. */

export const commandTopics: Record<CommandName, { access: "reads" | "changes"; topics: readonly Topic[] }> = {
  "nodes.list": { access: "reads", topics: ["nodes"] },
  "runs.cancel": { access: "changes", topics: ["runs"] },
  "runs.decide_items": { access: "changes", topics: ["runs"] },
  "runs.delete": { access: "changes", topics: ["runs"] },
  "runs.events": { access: "reads", topics: ["runs"] },
  "runs.get": { access: "reads", topics: ["runs"] },
  "runs.list": { access: "reads", topics: ["runs"] },
  "runs.node": { access: "reads", topics: ["runs"] },
  "runs.nodes": { access: "reads", topics: ["runs"] },
  "runs.quarantine": { access: "reads", topics: ["runs"] },
  "runs.start": { access: "changes", topics: ["runs"] },
  "settings.get": { access: "reads", topics: ["settings"] },
  "settings.list": { access: "reads", topics: ["settings"] },
  "settings.set": { access: "changes", topics: ["settings"] },
  "system.health": { access: "reads", topics: ["system"] },
  "system.version": { access: "reads", topics: [] },
  "workflows.create": { access: "changes", topics: ["workflows"] },
  "workflows.delete": { access: "changes", topics: ["workflows","runs"] },
  "workflows.duplicate": { access: "changes", topics: ["workflows"] },
  "workflows.export": { access: "reads", topics: ["workflows"] },
  "workflows.get": { access: "reads", topics: ["workflows"] },
  "workflows.import": { access: "changes", topics: ["workflows"] },
  "workflows.list": { access: "reads", topics: ["workflows"] },
  "workflows.update": { access: "changes", topics: ["workflows"] },
  "workflows.validate": { access: "reads", topics: [] },
};

/** By the type of an output the types of inputs that it may be led to. */

export const portFits: Record<PortType, readonly PortType[]> = {
  any: ["any","text","number","boolean","list","json","blob"],
  blob: ["any","blob"],
  boolean: ["any","text","boolean","json"],
  json: ["any","text","list","json"],
  list: ["any","list","json"],
  number: ["any","text","number","json"],
  text: ["any","text","json"],
};

