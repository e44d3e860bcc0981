import assert from "node:assert/strict";
import { test } from "node:test";
import { audit } from "../../gtm-test/audit.mjs";
import { matches } from "../../gtm-test/urls.mjs";
import { template } from "./template.mjs";

const code = "if (require('isConsentGranted')('ad_storage')) require('setInWindow')('a', 1);";
const permissions = {
  access_consent: { consentTypes: [{ consentType: "ad_storage", read: true, write: false }] },
  access_globals: { keys: [{ key: "a", read: false, write: true, execute: false }] },
};
const scenarios = { unmocked: "runCode(); assertApi('setInWindow').wasCalled();", denied: "mock('isConsentGranted', false); runCode(); assertApi('setInWindow').wasNotCalled();" };

test("a template with what it needs and no more is good", async () => {
  const result = await audit(template({ code, permissions, scenarios }));
  assert.deepEqual([result.ok, result.passed, result.unused, result.unnoticed, result.branches.missed, result.syntax], [true, 2, [], [], [], []]);
});

test("an unmocked call without its permission fails, and so does one that the permission does not cover", async () => {
  for (const missing of Object.keys(permissions)) {
    const { [missing]: _, ...rest } = permissions;
    const result = await audit(template({ code, permissions: rest, scenarios }));
    assert.equal(result.ok, false);
    assert.match(result.scenarios[0].error, new RegExp(`no permission ${missing}`));
  }
  const other = { ...permissions, access_globals: { keys: [{ key: "a", read: true, write: false, execute: true }] } };
  assert.match((await audit(template({ code, permissions: other, scenarios }))).scenarios[0].error, /does not cover write of a/);
});

test("a mocked call needs none, and then no scenario notices its loss", async () => {
  const mocked = { ...scenarios, unmocked: `mock('setInWindow', true); ${scenarios.unmocked}` };
  const without = await audit(template({ code, permissions: { access_consent: permissions.access_consent }, scenarios: mocked }));
  assert.equal(without.passed, 2);
  const result = await audit(template({ code, permissions, scenarios: mocked }));
  assert.deepEqual([result.ok, result.failed, result.unused], [false, 0, []]);
  assert.deepEqual(result.unnoticed, ["access_globals", "access_globals: a", "access_globals: a (write)"]);
});

test("what no scenario needs is reported: a permission, an entry, a flag", async () => {
  const key = (name, more) => ({ key: name, read: false, write: true, execute: false, ...more });
  const wide = { ...permissions, access_globals: { keys: [key("a", { execute: true }), key("b")] }, logging: { environments: "debug" } };
  const result = await audit(template({ code, permissions: wide, scenarios }));
  assert.equal(result.ok, false);
  assert.deepEqual(result.unused, ["access_globals: a (execute)", "access_globals: b", "access_globals: b (write)", "logging"]);
});

test("a scenario's own call does not make a permission needed", async () => {
  const wide = { ...permissions, access_globals: { keys: [{ key: "a", read: true, write: true, execute: false }] } };
  const reading = { ...scenarios, unmocked: `${scenarios.unmocked} assertThat(require('copyFromWindow')('a')).isEqualTo(1);` };
  assert.deepEqual((await audit(template({ code, permissions: wide, scenarios: reading }))).unused, ["access_globals: a (read)"]);
});

test("a branch that no scenario takes is reported with its line", async () => {
  const result = await audit(template({ code, permissions, scenarios: { unmocked: scenarios.unmocked } }));
  assert.deepEqual([result.ok, result.branches.missed.map(({ text }) => text)], [false, ["if: false"]]);
});

test("URL patterns", () => {
  const yes = [["https://a.example/x.js", "https://a.example/x.js"], ["https://a.example/*", "https://a.example/x/y.js?z"], ["https://*.example/x.js", "https://a.b.example/x.js"], ["https://a.example/x/", "https://a.example/x/y.js"]];
  const no = [["https://a.example/x.js", "https://a.example/x.js?y"], ["https://a.example/x.js", "http://a.example/x.js"], ["https://a.example/x.js", "https://a.example:8443/x.js"], ["https://a.example/x.js", "https://u@a.example/x.js"], ["https://a.example/x.js", "https://b.example/x.js"], ["https://a.example/x.js", "x.js"], ["https://*.example/x.js", "https://a.example.evil/x.js"]];
  for (const [pattern, url] of yes) assert.ok(matches(pattern, url), `${pattern} ${url}`);
  for (const [pattern, url] of no) assert.ok(!matches(pattern, url), `${pattern} ${url}`);
});
