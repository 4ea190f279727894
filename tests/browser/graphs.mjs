// Small workflows for tests that are not about building one.

export function node(id, kind, config, label = "") {
  return { id, kind, label, config };
}

/** Ends as `node.port`. */
export function edge(from, to) {
  const [source, source_port] = from.split(".");
  const [target, target_port] = to.split(".");
  return { source, source_port, target, target_port };
}

/** Each node leads to the next one; `ports` by kind. */
export function chain(nodes) {
  const ports = { input: ["", "value"], output: ["value", ""], transform: ["input", "output"], wait: ["input", "output"] };
  const edges = nodes.slice(1).map((target, index) => {
    const source = nodes[index];
    return edge(`${source.id}.${ports[source.kind][1]}`, `${target.id}.${ports[target.kind][0]}`);
  });
  const layout = Object.fromEntries(nodes.map(({ id }, index) => [id, { x: 320 * index, y: 0 }]));
  return { nodes, edges, layout };
}

export const greeting = chain([
  node("name", "input", { name: "name", value_type: "text" }),
  node("say", "transform", { mode: { type: "template", template: "Hello, {{ input }}!" } }, "Greet"),
  node("greeting", "output", { name: "greeting" }),
]);

export function pause(seconds) {
  return chain([
    node("word", "input", { name: "word", value_type: "text", default: "rested" }),
    node("rest", "wait", { until: { type: "duration", amount: seconds, unit: "seconds" } }),
    node("say", "transform", { mode: { type: "template", template: "Well {{ input }}." } }),
    node("end", "output", { name: "end" }),
  ]);
}

/** Gives back the workflow's id. */
export async function create(server, name, graph) {
  const { id } = await server.call("workflows.create", { name, description: "", graph });
  return id;
}
