// The APIs of one scenario: each call is recorded, then answered by the scenario's mock, or by the stand-in if the
// permissions allow it.
import { KNOWN } from "./apis/known.mjs";
import { server } from "./apis/server.mjs";
import { web } from "./apis/web.mjs";
import { standsFor } from "./equal.mjs";

/** APIs of `data`, which scenarios mock and ask about like the others. */
const ENDS = ["gtmOnSuccess", "gtmOnFailure"];

export class Bench {
  #calls = new Map();
  #mocks = new Map();
  #given = new Map();
  #gate;
  #real;

  constructor(template, env) {
    this.#gate = env.gate;
    this.#real = (template.server ? server : web)(env);
    for (const name of KNOWN) this.#real[name] ??= () => fault(`${name} has no stand-in here: mock it`);
  }

  calls(name) {
    return this.#calls.get(name) ?? [];
  }

  mock(name, value) {
    this.#known(name);
    this.#mocks.set(name, value);
  }

  /** `require` of the template (`side` is "code") or of the scenario ("test"). */
  require(name, side) {
    this.#known(name);
    const key = `${side} ${name}`;
    if (!this.#given.has(key)) this.#given.set(key, this.#give(name, side));
    return this.#given.get(key);
  }

  #give(name, side) {
    const real = this.#real[name];
    if (typeof real !== "object") return (...args) => this.#call(name, args, side, real);
    const members = new Set([...Object.keys(real), ...Object.keys(this.#mocks.get(name) ?? {})]);
    const object = {};
    for (const member of members) {
      if (typeof (this.#mocks.get(name)?.[member] ?? real[member]) === "function") {
        object[member] = (...args) => this.#call(`${name}.${member}`, args, side, real[member]);
      } else object[member] = this.#mocks.get(name)?.[member] ?? real[member];
    }
    return object;
  }

  #call(name, args, side, real) {
    if (!this.#calls.has(name)) this.#calls.set(name, []);
    this.#calls.get(name).push(args);
    const mocked = this.#mockOf(name);
    if (!mocked) {
      this.#gate.pass(name, args, side === "code");
      return real(...args);
    }
    if (side === "code") this.#gate.note(name, args);
    return typeof mocked.value === "function" ? mocked.value(...args) : mocked.value;
  }

  #mockOf(name) {
    if (this.#mocks.has(name)) return { value: this.#mocks.get(name) };
    const [object, member] = name.split(".");
    if (member === undefined || !this.#mocks.has(object)) return undefined;
    if (member in this.#mocks.get(object)) return { value: this.#mocks.get(object)[member] };
    return fault(`${name}: the mock of ${object} has no ${member}`);
  }

  /** The template's `data`: a copy, whose ends are recorded. */
  data(fields) {
    const data = { ...fields };
    for (const name of ENDS) {
      const given = data[name];
      const end = (...args) => this.#call(name, args, "test", () => given?.(...args));
      data[name] = given ? standsFor(end, given) : end;
    }
    return data;
  }

  #known(name) {
    if (!(name in this.#real) && !ENDS.includes(name)) fault(`there is no API ${name}`);
  }
}

function fault(text) {
  throw new Error(text);
}
