// A world of its own for one scenario: no globals of Node, no eval, only ES5.1 methods, and an end to endless loops.
import vm from "node:vm";

const MILLISECONDS = 5000;
const METHODS = {
  String: `charAt charCodeAt concat indexOf lastIndexOf localeCompare match replace search slice split substr substring
    toLowerCase toLocaleLowerCase toUpperCase toLocaleUpperCase toString trim valueOf length`,
  Array: `concat every filter forEach indexOf join lastIndexOf map pop push reduce reduceRight reverse shift slice some
    sort splice toString unshift length`,
  Number: "toExponential toFixed toPrecision toString valueOf",
  Boolean: "toString valueOf",
  Function: "apply call toString",
  Object: "hasOwnProperty toString valueOf",
};
// Run inside: a value made there has the prototypes that were cut down.
const INSIDE = `(methods => {
  for (const [type, allowed] of Object.entries(methods)) {
    const prototype = globalThis[type].prototype;
    for (const name of Object.getOwnPropertyNames(prototype)) if (!allowed.includes(name)) delete prototype[name];
  }
  const isArray = Array.isArray, keys = Object.keys;
  const copy = value => {
    if (isArray(value)) { const all = []; for (let i = 0; i < value.length; i++) all[i] = copy(value[i]); return all; }
    if (value === null || typeof value !== "object") return value;
    const all = {};
    for (const key of keys(value)) all[key] = copy(value[key]);
    return all;
  };
  return copy;
})`;

export class Realm {
  #context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  /** A deep copy of plain data, made of the realm's own objects; functions stay themselves. */
  copy;

  constructor() {
    const methods = Object.fromEntries(Object.entries(METHODS).map(([type, names]) => [type, names.split(/\s+/)]));
    this.copy = vm.runInContext(INSIDE, this.#context)(methods);
  }

  /** A function with these parameters; its lines count from `firstLine` of `file`. */
  compile(parameters, code, file, firstLine) {
    const text = `(function (${parameters.join(", ")}) {\n${code}\n})`;
    return new vm.Script(text, { filename: file, lineOffset: firstLine - 2 }).runInContext(this.#context);
  }

  /** Calls a function; throws when it does not come to an end. */
  call(run) {
    this.#context.enter = run;
    return vm.runInContext("enter()", this.#context, { timeout: MILLISECONDS });
  }
}
