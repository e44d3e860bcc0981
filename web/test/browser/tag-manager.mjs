// What Tag Manager does with our templates on a real page: the code of a template as it stands, and the APIs that it
// asks for, on the page's own window. Not the sandbox, which `gtm-test/` is for.
import { readFile } from "node:fs/promises";
import { readTemplate } from "../../gtm-test/sections.mjs";

const code = async (folder) => readTemplate(await readFile(new URL(`../../gtm/${folder}/template.tpl`, import.meta.url), "utf8")).code;
const [tag, variable] = await Promise.all([code("web-tag"), code("variable")]);

/** Runs in the page, before anything else of it. `granted` is what Tag Manager alone knows of `analytics_storage`. */
function tagManager(granted) {
  const at = (path) => path.split(".").reduce((place, key) => place?.[key], window);
  const make = (path, value) => {
    const keys = path.split(".");
    const last = keys.pop();
    const place = at(keys.join(".")) ?? window;
    return (place[last] ??= value);
  };
  const heard = [];
  const manager = {
    ends: [],
    consent(answer) {
      granted = answer;
      heard.forEach((listener) => listener("analytics_storage", answer));
    },
    run(code, fields) {
      const ends = Object.fromEntries(["gtmOnSuccess", "gtmOnFailure"].map((end) => [end, () => manager.ends.push(end)]));
      return new Function("require", "data", code)((name) => apis[name], { ...fields, ...ends });
    },
  };
  const apis = {
    isConsentGranted: () => granted,
    addConsentListener: (_, listener) => heard.push(listener),
    readAnalyticsStorage: () => ({ client_id: "1234567.1700000000", sessions: [{ measurement_id: "G-ABC1234567", session_id: "1700000100", session_number: 3 }] }),
    createArgumentsQueue(name, array) {
      make(name, function () {
        make(array, []).push(arguments);
      });
      make(array, []);
      return at(name);
    },
    callInWindow: (name, ...args) => at(name)?.(...args),
    // Its model of the data layer takes over what is undefined, too.
    copyFromDataLayer: (key) => window.dataLayer.findLast((entry) => key in entry)?.[key],
    injectScript(url, done, failed) {
      const script = document.createElement("script");
      Object.assign(script, { src: url, async: true, onload: done, onerror: failed });
      document.head.append(script);
    },
  };
  window.tagManager = manager;
}

/** A page with the tag on it; `granted` as above, `dataLayer` are entries that the page pushes first. */
export function pageWith(fields, granted, dataLayer = "") {
  return `<!doctype html><title>A page</title><script>window.dataLayer = [];function gtag(){dataLayer.push(arguments)}${dataLayer};
(${tagManager})(${granted});tagManager.run(${JSON.stringify(tag)},${JSON.stringify(fields)})</script><h1>Courses</h1>`;
}

/** What the variable gives to other tags. */
export const valueOf = (page, value) => page.evaluate(([code, value]) => window.tagManager.run(code, { value, otherwise: "none" }), [variable, value]);
