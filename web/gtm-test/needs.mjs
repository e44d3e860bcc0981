// Which permission a call of an API needs. A need is `{ id, text, grant(params) }`; `grant` gives the paths of the
// parts that allow the call, or undefined.
import { keyMatches, matches } from "./urls.mjs";

const present = (id) => ({ id, text: id, grant: () => [] });
const flag = (id, access, name, text) => ({ id, text, grant: (p) => (p[access] === "any" ? [] : p[name] === true ? [name] : undefined) });

/** An entry of a list of maps that has the key and the flags. */
const entry = (id, list, key, value, flags) => ({
  id,
  text: `${flags.join(" and ")} of ${value}`,
  grant(params) {
    const i = (params[list] ?? []).findIndex((one) => one[key] === value && flags.every((f) => one[f] === true));
    return i < 0 ? undefined : [`${list}/${i}`, ...flags.map((f) => `${list}/${i}/${f}`)];
  },
});
const url = (id, list, value) => ({
  id,
  text: String(value),
  grant(params) {
    if (params.allowedUrls === "any") return [];
    const i = (params[list] ?? []).findIndex((pattern) => matches(pattern, String(value)));
    return i < 0 ? undefined : [`${list}/${i}`];
  },
});
const listed = (id, access, list, value, same) => ({
  id,
  text: String(value),
  grant(params) {
    if (params[access] === "any") return [];
    const i = (params[list] ?? []).findIndex((one) => same(typeof one === "object" ? Object.values(one)[0] : one, value));
    return i < 0 ? undefined : [`${list}/${i}`];
  },
});
const globals = (key, ...flags) => entry("access_globals", "keys", "key", key, flags);
const consent = (type, right) => entry("access_consent", "consentTypes", "consentType", type, [right]);
const stored = (key, right) => entry("access_local_storage", "keys", "key", key, [right]);
const exact = (a, b) => a === b;
const header = (a, b) => String(a).toLowerCase() === String(b).toLowerCase();
const request = (name) => flag("read_request", "requestAccess", name, name);
const response = (name) => flag("access_response", "writeResponseAccess", name, name);
const storage = [present("access_template_storage")];
const both = (allowed, list) => ({ ...allowed, grant: (p) => (allowed.grant(p) && list.grant(p) ? [...allowed.grant(p), ...list.grant(p)] : undefined) });

const NEEDS = {
  addConsentListener: (type) => [consent(type, "read")],
  isConsentGranted: (type) => [consent(type, "read")],
  setDefaultConsentState: (state) => Object.keys(state ?? {}).filter(isConsentType).map((type) => consent(type, "write")),
  updateConsentState: (state) => Object.keys(state ?? {}).filter(isConsentType).map((type) => consent(type, "write")),
  addEventCallback: () => [present("read_event_metadata")],
  aliasInWindow: (to, from) => [globals(to, "write"), globals(from, "read")],
  callInWindow: (key) => [globals(key, "execute")],
  copyFromWindow: (key) => [globals(key, "read")],
  setInWindow: (key) => [globals(key, "write")],
  createQueue: (key) => [globals(key, "read", "write")],
  createArgumentsQueue: (name, array) => [globals(name, "read", "write"), globals(array, "read", "write")],
  copyFromDataLayer: (key) => [listed("read_data_layer", "allowedKeys", "keyPatterns", key, keyMatches)],
  getContainerVersion: () => [present("read_container_data")],
  getCookieValues: (name) => [listed("get_cookies", "cookieAccess", "cookieNames", name, exact)],
  setCookie: (name) => [listed("set_cookies", "cookieAccess", "allowedCookies", name, (pattern, value) => pattern === "*" || pattern === value)],
  getReferrerUrl: (part) => [part ? flag("get_referrer", "urlParts", part, part) : listed("get_referrer", "urlParts", "none", "the whole referrer", exact)],
  getUrl: (part) => [part ? flag("get_url", "urlParts", part, part) : listed("get_url", "urlParts", "none", "the whole URL", exact)],
  getQueryParameters: () => [flag("get_url", "urlParts", "query", "query")],
  injectHiddenIframe: (value) => [url("inject_hidden_iframe", "urls", value)],
  injectScript: (value) => [url("inject_script", "urls", value)],
  sendPixel: (value) => [url("send_pixel", "urls", value)],
  sendHttpGet: (value) => [url("send_http", "urls", value)],
  sendHttpRequest: (value) => [url("send_http", "urls", value)],
  "localStorage.getItem": (key) => [stored(key, "read")],
  "localStorage.setItem": (key) => [stored(key, "write")],
  "localStorage.removeItem": (key) => [stored(key, "write")],
  logToConsole: () => [present("logging")],
  readAnalyticsStorage: () => [present("read_analytics_storage")],
  readCharacterSet: () => [present("read_character_set")],
  readTitle: () => [present("read_title")],
  getAllEventData: () => [listed("read_event_data", "eventDataAccess", "none", "all event data", exact)],
  getEventData: (key) => [listed("read_event_data", "eventDataAccess", "keyPatterns", key, keyMatches)],
  getRemoteAddress: () => [request("remoteAddressAllowed")],
  getRequestBody: () => [request("bodyAllowed")],
  getRequestPath: () => [request("pathAllowed")],
  getRequestHeader: (name) => [both(request("headersAllowed"), listed("read_request", "headerAccess", "headerWhitelist", name, header))],
  getRequestQueryParameter: (name) => [both(request("queryParametersAllowed"), listed("read_request", "queryParameterAccess", "queryParameterWhitelist", name, exact))],
  getRequestQueryParameters: () => [request("queryParametersAllowed")],
  getRequestQueryString: () => [request("queryParametersAllowed")],
  returnResponse: () => [present("return_response")],
  runContainer: () => [present("run_container")],
  setResponseBody: () => [response("writeBodyAllowed")],
  setResponseStatus: () => [response("writeStatusAllowed")],
  setResponseHeader: (name) => [both(response("writeHeadersAllowed"), listed("access_response", "writeHeaderAccess", "writeHeaderWhitelist", name, header))],
};
for (const name of ["getItem", "setItem", "removeItem", "clear"]) NEEDS[`templateStorage.${name}`] = () => storage;
for (const name of ["getItemCopy", "setItemCopy", "removeItem", "clear"]) NEEDS[`templateDataStorage.${name}`] = () => storage;

function isConsentType(key) {
  return !["region", "wait_for_update"].includes(key);
}

export function needsOf(api, args) {
  return NEEDS[api]?.(...args) ?? [];
}

/** What `queryPermission` asks about, in the words of a need. */
export function needsOfQuery(id, ...args) {
  const asked = {
    inject_script: () => [url(id, "urls", args[0])],
    send_pixel: () => [url(id, "urls", args[0])],
    access_globals: () => [globals(args[1], ...{ read: ["read"], write: ["write"], readwrite: ["read", "write"], execute: ["execute"] }[args[0]])],
    access_local_storage: () => [stored(args[1], args[0])],
    access_consent: () => [consent(args[0], args[1])],
    read_data_layer: () => [listed(id, "allowedKeys", "keyPatterns", args[0], keyMatches)],
    get_url: () => [flag(id, "urlParts", args[0], args[0])],
    get_cookies: () => [listed(id, "cookieAccess", "cookieNames", args[0], exact)],
  };
  return asked[id]?.() ?? [present(id)];
}
