// Sandboxed JavaScript: ES5.1 with arrow functions, `const` and `let`. A white list, as the sandbox has its own
// interpreter: what it does not know cannot be saved into a template.
import { parse } from "acorn";

const NODES = new Set(
  `Program ExpressionStatement BlockStatement EmptyStatement IfStatement SwitchStatement SwitchCase ReturnStatement
  BreakStatement ContinueStatement ForStatement ForInStatement WhileStatement VariableDeclaration VariableDeclarator
  FunctionDeclaration FunctionExpression ArrowFunctionExpression Identifier Literal ArrayExpression ObjectExpression
  Property MemberExpression CallExpression ConditionalExpression BinaryExpression LogicalExpression UnaryExpression
  UpdateExpression AssignmentExpression`.split(/\s+/),
);
/** What exists without `require`. */
const FREE = ["require", "data", "undefined", "arguments"];
const TEST = ["mock", "mockObject", "runCode", "assertApi", "assertThat", "fail", "generateUniqueId"];
const PROTOTYPE = ["prototype", "__proto__", "constructor"];

export const free = { code: FREE, test: [...FREE, ...TEST] };

/** What the sandbox would refuse: `[{ line, text }]`, with lines counted from `firstLine`. */
export function check(code, known, firstLine = 1) {
  let program;
  try {
    program = parseCode(code);
  } catch (error) {
    const text = error.message.replace(/ \(\d+:\d+\)$/, "");
    return [{ line: (error.loc?.line ?? 1) + firstLine - 1, text, fatal: true }];
  }
  const found = [];
  const declared = new Set(known);
  const used = [];
  walk(program, undefined, (node, parent, role) => {
    const say = (text) => found.push({ line: node.loc.start.line + firstLine - 1, text });
    const text = refused(node);
    if (text) say(text);
    if (node.type !== "Identifier") return;
    if (role === "declares") declared.add(node.name);
    else if (role === "names") {
      if (PROTOTYPE.includes(node.name)) say(`\`${node.name}\`: there are no prototypes`);
    } else used.push({ name: node.name, say });
  });
  for (const { name, say } of used) if (!declared.has(name)) say(`\`${name}\` is not there: the sandbox has no globals, APIs come from require()`);
  return found.sort((a, b) => a.line - b.line);
}

export function parseCode(code) {
  return parse(code, { ecmaVersion: 2020, allowReturnOutsideFunction: true, locations: true });
}

function refused(node) {
  if (!NODES.has(node.type)) return `${node.type} is not part of sandboxed JavaScript`;
  if (node.async || node.generator) return "async and generator functions are not part of sandboxed JavaScript";
  if (node.regex) return "regular expression literals are not part of sandboxed JavaScript; use createRegex";
  if (node.bigint) return "BigInt is not part of sandboxed JavaScript";
  if (node.type === "Property" && (node.computed || node.shorthand || node.method || node.kind !== "init")) {
    return "only plain `key: value` properties are part of sandboxed JavaScript";
  }
  if (["**", "**=", "??", "??=", "||=", "&&="].includes(node.operator)) return `operator ${node.operator} is not part of ES5.1`;
  if (node.operator === "delete") return "`delete` is not part of sandboxed JavaScript; use Object.delete";
  return undefined;
}

/** Visits every node; an identifier's role is `declares`, `names` (a property) or undefined (it is read or written). */
export function walk(node, parent, visit, role) {
  visit(node, parent, role);
  for (const key of Object.keys(node)) {
    const child = node[key];
    for (const one of Array.isArray(child) ? child : [child]) {
      if (one && typeof one.type === "string") walk(one, node, visit, roleOf(node, key));
    }
  }
}

function roleOf(node, key) {
  if (key === "id" || key === "params") return "declares";
  if ((key === "property" || key === "key") && !node.computed) return "names";
  return undefined;
}
