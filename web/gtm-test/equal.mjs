/** Equal as the editor's assertions see it: by value, and a key whose value is undefined is no key. */
export function equal(a, b) {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a === "function" && typeof b === "function") return original(a) === original(b);
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a)) return a.length === b.length && a.every((value, i) => equal(value, b[i]));
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equal(a[key], b[key]));
}

const originals = new WeakMap();

/** Remembers that a function stands for another one, which a scenario may compare it with. */
export function standsFor(wrapper, other) {
  originals.set(wrapper, original(other));
  return wrapper;
}

function original(f) {
  return originals.get(f) ?? f;
}

/** A value as one line of a message. */
export function show(value) {
  if (typeof value === "function") return "function";
  if (value === undefined) return "undefined";
  const text = JSON.stringify(value, (_, inner) => (typeof inner === "function" ? "function" : inner)) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
