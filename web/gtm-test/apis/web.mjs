// APIs of web containers, on a world that is a page.
import { common } from "./common.mjs";

export function web(env) {
  const { realm, world, gate } = env;
  const copy = realm.copy;
  const queue = (path) => {
    const [place, key] = world.at(world.window, path, true);
    return (place[key] ??= copy([]));
  };
  return {
    ...common(env),
    addConsentListener: (type, listener) => void world.listeners.push([type, listener]),
    addEventCallback: (done) => void world.later.push(() => done("GTM-TEST", copy({ tags: [] }))),
    aliasInWindow(to, from) {
      const value = world.get(world.window, from);
      if (value === undefined) return false;
      const [place, key] = world.at(world.window, to, true);
      place[key] = value;
      return true;
    },
    callInWindow(path, ...args) {
      const [place, key] = world.at(world.window, path, false);
      if (typeof place?.[key] === "function") return place[key](...args);
      return undefined;
    },
    copyFromDataLayer: (key, version) => (version === 1 ? copy(world.dataLayer[key]) : copy(world.get(world.dataLayer, key))),
    copyFromWindow: (path) => copy(world.get(world.window, path)),
    createQueue(path) {
      const entries = queue(path);
      return (...values) => void entries.push(...values);
    },
    // The function comes first: the array may lie on it.
    createArgumentsQueue(name, array) {
      const [place, key] = world.at(world.window, name, true);
      place[key] ??= (...args) => void queue(array).push(copy(args));
      queue(array);
      return place[key];
    },
    getCookieValues: (name) => copy(world.cookies[name] ?? []),
    setCookie: (name, value) => void (world.cookies[name] = [value]),
    getQueryParameters: (name, all) => queryOf(world.url, name, all, copy),
    getReferrerQueryParameters: (name, all) => queryOf(world.referrer, name, all, copy),
    getReferrerUrl: (part) => component(world.referrer, part),
    getUrl: (part) => component(world.url, part),
    gtagSet: (values) => void Object.assign(world.dataLayer, values),
    injectHiddenIframe: (_, done) => done?.(),
    // A script that is allowed loads.
    injectScript: (_, done) => done?.(),
    isConsentGranted: (type) => world.consent[type] !== "denied",
    localStorage: {
      getItem: (key) => world.local.get(key) ?? null,
      setItem: (key, value) => (world.local.set(key, String(value)), true),
      removeItem: (key) => void world.local.delete(key),
    },
    queryPermission: (id, ...args) => gate.query(id, ...args),
    readAnalyticsStorage: () => copy(world.analytics),
    readCharacterSet: () => "UTF-8",
    readTitle: () => world.title,
    sendPixel: (_, done) => done?.(),
    setDefaultConsentState: (state) => void Object.assign(world.consent, consentOf(state)),
    updateConsentState: (state) => world.updateConsent(consentOf(state)),
    setInWindow(path, value, override) {
      const [place, key] = world.at(world.window, path, true);
      if (place[key] !== undefined && !override) return false;
      place[key] = value;
      return true;
    },
    templateStorage: {
      getItem: (key) => world.template.get(key) ?? null,
      setItem: (key, value) => void world.template.set(key, value),
      removeItem: (key) => void world.template.delete(key),
      clear: () => world.template.clear(),
    },
  };
}

function consentOf(state) {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !["region", "wait_for_update"].includes(key)));
}

function component(text, part) {
  if (!text || !part) return text;
  const url = new URL(text);
  const parts = {
    protocol: url.protocol.replace(":", ""),
    host: url.hostname,
    port: url.port || (url.protocol === "https:" ? "443" : "80"),
    path: url.pathname,
    query: url.search.replace(/^\?/, ""),
    extension: /\.(\w+)$/.exec(url.pathname)?.[1] ?? "",
    fragment: url.hash.replace(/^#/, ""),
  };
  return parts[part];
}

function queryOf(text, name, all, copy) {
  if (!text) return undefined;
  const values = new URL(text).searchParams.getAll(name);
  return all ? copy(values) : values[0];
}
