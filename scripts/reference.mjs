// The reference for people, docs/components.md: the components from their schema, and the functions beside them, which
// other languages don't have, from their source.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "./setup.mjs";

const ts = createRequire(import.meta.url)("typescript");

const typeOf = ({ type, $ref, items, additionalProperties }) => {
  if ($ref) return `[${$ref.split(":").at(-1)}](#${$ref.split(":").at(-1).toLowerCase()})`;
  if (items) return `list of ${typeOf(items)}`;
  return additionalProperties ? `map of ${typeOf(additionalProperties)}` : type;
};
const cell = (words = "") => words.replaceAll("\n", " ").replaceAll("|", "\\|");
const table = (title, properties = {}, required = []) => {
  const rows = Object.entries(properties).map(
    ([name, property]) =>
      `| \`${name}\`${required.includes(name) ? " (required)" : ""} | ${typeOf(property)} | ${cell(property.description)} |`,
  );
  return rows.length === 0 ? [] : [`| ${title} | Type | Meaning |`, "|---|---|---|", ...rows, ""];
};

const functions = [
  { name: "attachDatabase", file: "pulumi/attach-database.ts", tables: ["AttachDatabaseArgs", "AttachedDatabase"] },
  { name: "createServerProvider", file: "pulumi/server.ts", tables: [] },
];

/** @param schema the components' */
export function describeReference({ resources, types }) {
  const short = (token) => token.split(":").at(-1);
  const known = [...Object.keys(resources), ...Object.keys(types)].map(short);
  return [
    "# The components",
    "",
    "Written from their source by `npm run schema`. [compose.md](compose.md) says how they go together.",
    "",
    ...Object.entries(resources).flatMap(([token, one]) => [
      `## ${short(token)}`,
      ...[cell(one.description), ""],
      ...table("Argument", one.inputProperties, one.requiredInputs),
      ...table("Output", one.properties),
    ]),
    ...functions.flatMap((one) => describeFunction(one, known)),
    ...Object.entries(types).flatMap(([token, one]) => [
      `## ${short(token)}`,
      ...(one.description ? [cell(one.description), ""] : []),
      ...table("Field", one.properties, one.required),
    ]),
  ].join("\n");
}

function describeFunction({ name, file, tables }, known) {
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(path.join(root, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const find = (one) => source.statements.find((statement) => statement.name?.text === one);
  const words = (node) => ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(node)[0]?.comment) ?? "";
  const made = find(name);
  const parameters = made.parameters.map((one) => one.getText(source).replace(/\s*=.*$/, ""));
  const call = `${name}(${parameters.join(", ")}): ${made.type.getText(source)}`;
  const rows = (members) => {
    const told = members.map((one) => [
      one.name.text,
      { type: typeInSource(one.type.getText(source), known), description: words(one) },
    ]);
    return [Object.fromEntries(told), members.filter((one) => !one.questionToken).map((one) => one.name.text)];
  };
  return [
    `## ${name}`,
    ...[`\`${call.replaceAll("pulumi.", "")}\``, ""],
    ...words(made)
      .split("\n\n")
      .flatMap((paragraph) => [cell(paragraph), ""]),
    ...tables.flatMap((one, index) => {
      const [properties, required] = rows(find(one).members);
      return index === 0 ? table("Argument", properties, required) : table("Output", properties);
    }),
  ];
}

function typeInSource(text, known) {
  const plain = text.replace(/^pulumi\.Input<(.*)>$/, "$1").replace(/^readonly (.*)\[\]$/, "list of $1");
  const target = known.find((one) => plain === one || plain === `${one}Args`);
  if (target) return `[${target}](#${target.toLowerCase()})`;
  return /^[a-z ]+$/.test(plain) ? plain : plain.replace(/[\w.]+$/, "`$&`");
}
