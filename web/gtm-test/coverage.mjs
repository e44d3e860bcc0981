// Branches: every function's body, both ways of every condition, every case, and both ways of `a && b` and `a || b`.
import { parseCode } from "./syntax.mjs";

export class Coverage {
  code;
  #branches = [];
  #firstLine;

  constructor(template) {
    this.#firstLine = template.codeLine;
    const program = parseCode(template.code);
    this.code = this.#hooked(template.code, { ...program, start: 0, end: template.code.length });
  }

  branch = (i) => {
    this.#branches[i].taken = true;
  };
  /** The left side of a logical operator: true and false are two branches. */
  decision = (i, value) => {
    this.#branches[value ? i : i + 1].taken = true;
    return value;
  };

  get total() {
    return this.#branches.length;
  }

  get missed() {
    return this.#branches.filter((b) => !b.taken).map(({ line, text }) => ({ line, text }));
  }

  #add(node, text) {
    this.#branches.push({ line: node.loc.start.line + this.#firstLine - 1, text, taken: false });
    return this.#branches.length - 1;
  }

  /** The source of a node with a hook at every branch in it. */
  #hooked(code, node) {
    if (node.type === "SwitchCase") return this.#case(code, node);
    let out = "";
    let from = node.start;
    for (const [key, child] of children(node)) {
      out += code.slice(from, child.start) + this.#wrapped(node, key, child, this.#hooked(code, child));
      from = child.end;
    }
    out += code.slice(from, node.end);
    if (node.type === "IfStatement" && !node.alternate) out += ` else {${this.#hook(node, "if: false")};}`;
    if (node.type === "SwitchStatement" && node.cases.every((one) => one.test)) {
      out = `${out.slice(0, -1)}default:${this.#hook(node, "no case")};}`;
    }
    return out;
  }

  #wrapped(parent, key, child, text) {
    const name = BRANCHES[parent.type]?.[key];
    if (!name) return text;
    if (name === DECISION) {
      const i = this.#add(child, `left of ${parent.operator}: true`);
      this.#add(child, `left of ${parent.operator}: false`);
      return `decision(${i},(${text}))`;
    }
    const hook = this.#hook(child, name);
    if (child.type === "BlockStatement") return `{${hook};${text.slice(1)}`;
    return child.type.endsWith("Statement") ? `{${hook};${text}}` : `(${hook},(${text}))`;
  }

  #case(code, node) {
    const head = node.test ? `case ${this.#hooked(code, node.test)}` : "default";
    const hook = this.#hook(node, node.test ? "case" : "default");
    return `${head}:${hook};${node.consequent.map((one) => this.#hooked(code, one)).join("\n")}`;
  }

  #hook(node, text) {
    return `branch(${this.#add(node, text)})`;
  }
}

const DECISION = "decision";
/** Which children of a node are branches. */
const BRANCHES = {
  IfStatement: { consequent: "if: true", alternate: "if: false" },
  ConditionalExpression: { consequent: "condition: true", alternate: "condition: false" },
  LogicalExpression: { left: DECISION },
  ForStatement: { body: "loop" },
  ForInStatement: { body: "loop" },
  WhileStatement: { body: "loop" },
  FunctionDeclaration: { body: "function" },
  FunctionExpression: { body: "function" },
  ArrowFunctionExpression: { body: "function" },
};

function children(node) {
  const found = [];
  for (const key of Object.keys(node)) {
    for (const child of [node[key]].flat()) if (typeof child?.type === "string") found.push([key, child]);
  }
  return found.sort((a, b) => a[1].start - b[1].start);
}
