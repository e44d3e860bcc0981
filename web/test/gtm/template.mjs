// Templates for the runner's own tests.
import { readTemplate } from "../../gtm-test/sections.mjs";

const value = (v) => (typeof v === "boolean" ? { type: 8, boolean: v } : Array.isArray(v) ? { type: 2, listItem: v.map(value) } : typeof v === "object" ? { type: 3, mapKey: Object.keys(v).map(value), mapValue: Object.values(v).map(value) } : { type: 1, string: v });

/** The text of a template; `permissions` is `{ id: { parameter: value } }`, `scenarios` is `{ name: code }`. */
export function text({ code, permissions = {}, scenarios = {}, setup = "", server = false }) {
  const raw = Object.entries(permissions).map(([id, params]) => ({
    instance: { key: { publicId: id, versionId: "1" }, param: Object.entries(params).map(([key, v]) => ({ key, value: value(v) })) },
    isRequired: true,
  }));
  const tests = { scenarios: Object.entries(scenarios).map(([name, code]) => ({ name, code })), setup };
  const [js, rights] = server ? ["SANDBOXED_JS_FOR_SERVER", "SERVER_PERMISSIONS"] : ["SANDBOXED_JS_FOR_WEB_TEMPLATE", "WEB_PERMISSIONS"];
  const sections = { INFO: '{"displayName": "Made up"}', [js]: code, [rights]: JSON.stringify(raw), TESTS: JSON.stringify(tests) };
  return Object.entries(sections).map(([name, body]) => `___${name}___\n\n${body}\n`).join("\n\n");
}

export const template = (parts) => readTemplate(text(parts));
