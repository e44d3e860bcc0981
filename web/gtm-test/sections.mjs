// A `.tpl` file: sections that each begin with a line `___NAME___`, in any order.
import { parse as parseYaml } from "yaml";

const CODE = ["SANDBOXED_JS_FOR_WEB_TEMPLATE", "SANDBOXED_JS_FOR_SERVER"];

/** What is wrong with a file before any of it runs. */
export class Malformed extends Error {}

/** `{ info, server, code, codeLine, permissions, scenarios, setup }`; the permissions as GTM writes them. */
export function readTemplate(text) {
  const sections = split(text);
  const codeName = CODE.find((name) => sections.has(name));
  if (!codeName) throw new Malformed(`no section ___${CODE.join("___ or ___")}___`);
  const server = codeName === CODE[1];
  const code = sections.get(codeName);
  const tests = part(sections, "TESTS", parseYaml) ?? {};
  const scenarios = tests.scenarios ?? [];
  if (!Array.isArray(scenarios)) throw new Malformed("___TESTS___: `scenarios` is no list");
  for (const [i, scenario] of scenarios.entries()) {
    if (typeof scenario?.code !== "string") throw new Malformed(`___TESTS___: scenario ${i + 1} has no code`);
  }
  return {
    info: part(sections, "INFO", JSON.parse) ?? {},
    server,
    code: code.text,
    codeLine: code.line,
    permissions: part(sections, server ? "SERVER_PERMISSIONS" : "WEB_PERMISSIONS", JSON.parse) ?? [],
    scenarios: scenarios.map(({ name, code }, i) => ({ name: String(name ?? `scenario ${i + 1}`), code })),
    setup: tests.setup ?? "",
  };
}

function split(text) {
  const sections = new Map();
  let current;
  for (const [i, line] of text.replace(/^\uFEFF/, "").split(/\r?\n/).entries()) {
    const name = /^___([A-Z_]+)___\s*$/.exec(line)?.[1];
    if (name && sections.has(name)) throw new Malformed(`line ${i + 1}: a second section ___${name}___`);
    if (name) sections.set(name, (current = { line: i + 2, lines: [] }));
    else current?.lines.push(line);
  }
  if (sections.size === 0) throw new Malformed("no line ___NAME___: this is no template");
  for (const section of sections.values()) section.text = section.lines.join("\n");
  return sections;
}

function part(sections, name, parse) {
  const section = sections.get(name);
  if (!section || section.text.trim() === "") return undefined;
  try {
    return parse(section.text);
  } catch (error) {
    throw new Malformed(`___${name}___, which begins at line ${section.line}: ${error.message}`);
  }
}
