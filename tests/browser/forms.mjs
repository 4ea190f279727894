// Fills a generated form as a person does, from its JSON Schema and the value it is to hold: chooses, ticks, types, adds entries and
// removes them. Also says what a value means that leaves its defaults out.

/** `form`: what the ids of its fields begin with. `root`: the schema that references point into. */
export async function fillForm(panel, form, root, value) {
  await fill(panel, { root, schema: root, id: form }, value);
}

/** The value with every default written out, as a form shows it. */
export function spelledOut(root, value, schema = root) {
  const plain = resolved(schema, root);
  const option = optionFor(plain, root, value);
  if (option) return spelledOut(root, value, option);
  if (Array.isArray(value)) return value.map((entry) => spelledOut(root, entry, plain.items ?? {}));
  if (!plain.properties || !isObject(value)) return value;
  const whole = { ...value };
  for (const [name, property] of Object.entries(plain.properties)) {
    const given = name in value ? value[name] : resolved(property, root).default;
    if (given !== undefined) whole[name] = spelledOut(root, given, property);
  }
  return whole;
}

async function fill(panel, field, value) {
  const { root, id } = field;
  const plain = resolved(field.schema, root);
  const option = optionFor(plain, root, value);
  if (option) await at(panel, id).selectOption({ label: labelOf(option) });
  const { properties } = option ?? plain;
  if (properties && isObject(value)) {
    const fields = Object.keys(value).filter((name) => resolved(properties[name] ?? {}, root).const === undefined);
    for (const name of fields) await fill(panel, { root, schema: properties[name], id: `${id}_${name}` }, value[name]);
  } else if (Array.isArray(value) && plain.items) {
    await fillList(panel, { root, schema: plain.items, id }, value);
  } else if (!option) {
    await put(at(panel, id), plain, value);
  }
}

async function fillList(panel, { root, schema, id }, entries) {
  const title = inWords(id.split("_").at(-1));
  const removals = panel.getByRole("button", { name: /^Remove entry \d+$/ });
  for (let spare = (await removals.count()) - entries.length; spare > 0; spare -= 1) await removals.last().click();
  for (let had = await removals.count(); had < entries.length; had += 1) {
    await panel.getByRole("button", { name: `Add to ${title}` }).click();
    await removals.nth(had).waitFor();
  }
  for (const [index, entry] of entries.entries()) await fill(panel, { root, schema, id: `${id}_${index}` }, entry);
}

async function put(input, plain, value) {
  if (isWord(plain)) await input.selectOption(value);
  else if (plain.type === "boolean") await input.setChecked(value);
  else await input.fill([plain.type].flat().includes("string") ? value : JSON.stringify(value));
}

function at(panel, id) {
  return panel.locator(`[id="${id}"]`);
}

/** The option of an enum with data that the value belongs to, by its tag. */
function optionFor(plain, root, value) {
  const options = (plain.oneOf ?? []).map((option) => resolved(option, root));
  return options.find(({ properties = {} }) =>
    Object.entries(properties).some(([name, { const: tag }]) => tag !== undefined && value?.[name] === tag),
  );
}

function labelOf({ title, properties }) {
  const tag = Object.values(properties).find((property) => property.const !== undefined);
  return title ?? inWords(tag.const);
}

function isWord({ oneOf, enum: words }) {
  return words !== undefined || (oneOf ?? []).some((option) => typeof option.const === "string");
}

function inWords(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Follows a reference; a choice between something and nothing counts as the something. */
function resolved(schema, root) {
  const { $ref, anyOf, ...beside } = schema;
  const something = anyOf?.find(({ type }) => type !== "null");
  const target = $ref ? root.$defs[$ref.replace("#/$defs/", "")] : something;
  return target ? { ...resolved(target, root), ...beside } : schema;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
