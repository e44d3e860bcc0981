// `assertThat` and `assertApi`, by the names of the editor.
import { equal, show } from "./equal.mjs";

export class Failed extends Error {}

const type = (value) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);
const within = (values, value) => values.some((one) => equal(one, value));
/** Both hold the same, in any order. */
const same = (actual, values) => {
  const rest = [...values];
  for (const value of actual) {
    const i = rest.findIndex((one) => equal(one, value));
    if (i < 0) return false;
    rest.splice(i, 1);
  }
  return rest.length === 0;
};
const size = (value) => (type(value) === "object" ? Object.keys(value).length : value.length);

const CHECKS = {
  isUndefined: (a) => a === undefined,
  isDefined: (a) => a !== undefined,
  isNull: (a) => a === null,
  isNotNull: (a) => a !== null,
  isTrue: (a) => a === true,
  isFalse: (a) => a === false,
  isTruthy: (a) => Boolean(a),
  isFalsy: (a) => !a,
  isNaN: (a) => Number.isNaN(a),
  isNotNaN: (a) => !Number.isNaN(a),
  isInfinity: (a) => Math.abs(a) === Infinity,
  isNotInfinity: (a) => Math.abs(a) !== Infinity,
  isEqualTo: (a, b) => equal(a, b),
  isNotEqualTo: (a, b) => !equal(a, b),
  isStrictlyEqualTo: (a, b) => a === b,
  isNotStrictlyEqualTo: (a, b) => a !== b,
  isAnyOf: (a, ...all) => within(all, a),
  isNoneOf: (a, ...all) => !within(all, a),
  isGreaterThan: (a, b) => a > b,
  isGreaterThanOrEqualTo: (a, b) => a >= b,
  isLessThan: (a, b) => a < b,
  isLessThanOrEqualTo: (a, b) => a <= b,
  contains: (a, ...all) => all.every((one) => (typeof a === "string" ? a.includes(one) : within(a, one))),
  doesNotContain: (a, ...all) => all.every((one) => !(typeof a === "string" ? a.includes(one) : within(a, one))),
  containsExactly: (a, ...all) => same(a, all),
  doesNotContainExactly: (a, ...all) => !same(a, all),
  hasLength: (a, n) => a.length === n,
  isEmpty: (a) => size(a) === 0,
  isNotEmpty: (a) => size(a) > 0,
  isArray: (a) => type(a) === "array",
  isBoolean: (a) => type(a) === "boolean",
  isFunction: (a) => type(a) === "function",
  isNumber: (a) => type(a) === "number",
  isObject: (a) => type(a) === "object",
  isString: (a) => type(a) === "string",
};

/** Chainable: every check gives the same object back. */
export function assertThat(actual, message) {
  const chain = {};
  for (const [name, holds] of Object.entries(CHECKS)) {
    chain[name] = (...expected) => {
      if (!holds(actual, ...expected)) {
        throw new Failed(`${message ? `${message}: ` : ""}${show(actual)} ${name}${expected.length ? ` ${expected.map(show).join(", ")}` : ""} does not hold`);
      }
      return chain;
    };
  }
  return chain;
}

/** About the calls of one API, each a list of arguments. */
export function assertApi(name, calls) {
  const matching = (expected) => calls.some((args) => equal(trimmed(args), trimmed(expected)));
  const said = calls.length === 0 ? "it was not called" : `calls: ${calls.map(show).join("; ")}`;
  const chain = {
    wasCalled: () => must(calls.length > 0, `${name} was not called`),
    wasNotCalled: () => must(calls.length === 0, `${name} was called; ${said}`),
    wasCalledWith: (...expected) => must(matching(expected), `${name} was not called with ${show(expected)}; ${said}`),
    wasNotCalledWith: (...expected) => must(!matching(expected), `${name} was called with ${show(expected)}`),
  };
  function must(holds, text) {
    if (!holds) throw new Failed(text);
    return chain;
  }
  return chain;
}

/** An argument that was left out and one that is undefined are the same. */
function trimmed(args) {
  const all = [...args];
  while (all.length && all.at(-1) === undefined) all.pop();
  return all;
}
