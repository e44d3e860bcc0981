// Everything that another script of the page could get hold of.

/** Runs in the page before anything else of it: keeps what is sent around within the page. */
export function overhear() {
  const heard = [];
  const { dispatchEvent } = EventTarget.prototype;
  EventTarget.prototype.dispatchEvent = function (event) {
    heard.push(`event ${event.type}`);
    return dispatchEvent.call(this, event);
  };
  addEventListener("message", ({ data }) => heard.push(`message ${JSON.stringify(data)}`));
  Object.defineProperty(window, "heard", { value: heard, enumerable: false });
}

/**
 * Runs in the page: the paths of all properties that can be reached from `window`, each once, with the value of those
 * that are no objects. Getters are run on `window` and its own few objects only.
 */
export function reachable() {
  const paths = {};
  const met = new Set();
  const next = [["window", window]];
  const own = [window, document, history, navigator, screen, performance, location];
  for (let at = 0; at < next.length; at++) {
    const [path, object] = next[at];
    if (met.has(object)) continue;
    met.add(object);
    if (typeof object === "function" && !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(object))) paths[path] = "a function of the page";
    const prototype = Object.getPrototypeOf(object);
    if (prototype) next.push([`${path}.__proto__`, prototype]);
    for (const key of Reflect.ownKeys(object)) {
      if (object === window && /^\d+$|^(heard|event|screen(X|Y|Left|Top))$/.test(String(key))) continue;
      const name = `${path}.${String(key)}`;
      const { get, set, value } = Object.getOwnPropertyDescriptor(object, key);
      for (const accessor of [get, set]) if (accessor) next.push([`${name} (accessor)`, accessor]);
      const held = get && own.includes(object) ? object[key] : value;
      const nested = held !== null && ["object", "function"].includes(typeof held);
      paths[name] = nested ? typeof held : typeof held === "symbol" ? "symbol" : `${held}`;
      if (nested) next.push([name, held]);
    }
  }
  for (const element of document.querySelectorAll("*")) for (const key of Reflect.ownKeys(element)) paths[`<${element.localName}>.${String(key)}`] = "expando";
  return paths;
}

/** Runs in the page: everything that is stored for the site. */
export async function stored() {
  return {
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookie: document.cookie,
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    name: window.name,
    state: history.state,
    heard: window.heard,
  };
}
