// APIs of both kinds of containers. Each gets the realm (`copy` makes plain data of its own) and the scenario's world.
import { createHash, createHmac } from "node:crypto";

export const type = (value) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

export function common({ realm, world }) {
  const copy = realm.copy;
  const number = (value) => Number(value);
  const string = (value) => String(value);
  return {
    callLater: (run) => void world.later.push(run),
    createRegex: (pattern, flags) => {
      try {
        return new RegExp(pattern, flags);
      } catch {
        return null;
      }
    },
    testRegex: (regex, text) => regex.test(text),
    decodeUri: (text) => safely(() => decodeURI(text)),
    decodeUriComponent: (text) => safely(() => decodeURIComponent(text)),
    encodeUri: (text) => safely(() => encodeURI(text)),
    encodeUriComponent: (text) => safely(() => encodeURIComponent(text)),
    fromBase64: (text) => Buffer.from(text, "base64").toString("utf8"),
    toBase64: (text) => Buffer.from(text, "utf8").toString("base64"),
    generateRandom: (from, to) => from + Math.floor(Math.random() * (to - from + 1)),
    getContainerVersion: () => copy({ containerId: "GTM-TEST", debugMode: true, environmentMode: false, environmentName: "", firstPartyServing: false, previewMode: true, version: "QUICK_PREVIEW" }),
    getTimestamp: () => Date.now(),
    getTimestampMillis: () => Date.now(),
    getType: type,
    hmacSha256: (text, key) => createHmac("sha256", key).update(text).digest("base64url"),
    logToConsole: () => undefined,
    makeInteger: (value) => Math.trunc(Number(value)) || 0,
    makeNumber: number,
    makeString: string,
    makeTableMap: (table, key, value) => {
      if (!Array.isArray(table)) return null;
      return copy(Object.fromEntries(table.map((row) => [row[key], row[value]])));
    },
    parseUrl: (text) => safely(() => urlParts(new URL(text), copy)),
    sha256: (text, done) => done(createHash("sha256").update(text).digest("base64")),
    sha256Sync: (text, options) => createHash("sha256").update(text).digest(options?.outputEncoding ?? "base64"),
    JSON: {
      parse: (text) => safely(() => copy(JSON.parse(text))),
      stringify: (value) => JSON.stringify(value),
    },
    // All that the sandbox has of it.
    Math: { abs: Math.abs, ceil: Math.ceil, floor: Math.floor, max: Math.max, min: Math.min, pow: Math.pow, round: Math.round, sqrt: Math.sqrt },
    Object: {
      delete: (object, key) => delete object[key],
      entries: (object) => copy(Object.entries(object)),
      freeze: (object) => Object.freeze(object),
      keys: (object) => copy(Object.keys(object)),
      values: (object) => copy(Object.values(object)),
    },
  };
}

function safely(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function urlParts(url, copy) {
  const searchParams = {};
  for (const [key, value] of url.searchParams) {
    searchParams[key] = key in searchParams ? [searchParams[key], value].flat() : value;
  }
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  return copy({ href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash });
}
