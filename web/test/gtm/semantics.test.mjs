// What was learnt from published templates about the editor's runner.
import assert from "node:assert/strict";
import { test } from "node:test";
import { audit } from "../../gtm-test/audit.mjs";
import { template } from "./template.mjs";

/** The errors of the scenarios of a template, `undefined` where one passes. */
async function run(parts) {
  const { scenarios } = await audit(template(parts), { scenariosOnly: true });
  return scenarios.map(({ error }) => error);
}
const passes = async (parts) => assert.deepEqual(await run(parts), Object.keys(parts.scenarios).map(() => undefined));
const fails = async (pattern, parts) => {
  const errors = await run(parts);
  for (const error of errors) assert.match(error ?? "it passed", pattern);
};

test("setup and scenario share one scope, and scenarios do not see each other", () =>
  passes({
    code: "return data.n;",
    setup: "let n = 1;",
    scenarios: { first: "n = 2; assertThat(runCode({n: n})).isEqualTo(2);", second: "assertThat(runCode({n: n})).isEqualTo(1);" },
  }));

test("runCode gives a variable's value; the ends are APIs", async () => {
  const code = "data.gtmOnSuccess('done'); return 7;";
  await passes({ code, scenarios: { a: "assertThat(runCode()).isEqualTo(7); assertApi('gtmOnSuccess').wasCalledWith('done'); assertApi('gtmOnFailure').wasNotCalled();" } });
  await passes({ code, scenarios: { a: "let said; mock('gtmOnSuccess', x => { said = x; }); runCode(); assertThat(said).isEqualTo('done');" } });
  await passes({ code, scenarios: { a: "let said; runCode({gtmOnSuccess: x => { said = x; }}); assertThat(said).isEqualTo('done');" } });
});

test("an undefined value is as if the key were missing", () =>
  passes({ code: "return {a: 1, b: undefined};", scenarios: { a: "assertThat(runCode()).isEqualTo({a: 1}); assertThat(runCode()).isNotEqualTo({a: 2});" } }));

test("createArgumentsQueue makes the function before the array that lies on it", () =>
  passes({
    code: "const q = require('createArgumentsQueue')('aa', 'aa.queue'); q('x', 1);",
    permissions: { access_globals: { keys: ["aa", "aa.queue"].map((key) => ({ key, read: true, write: true, execute: false })) } },
    scenarios: { a: "runCode(); const read = require('copyFromWindow'); assertThat(read('aa')).isFunction(); assertThat(read('aa.queue')[0][0]).isEqualTo('x');" },
  }));

test("templateDataStorage gives null for what is absent", () =>
  passes({
    server: true,
    code: "return require('templateDataStorage').getItemCopy('x');",
    permissions: { access_template_storage: {} },
    scenarios: { a: "assertThat(runCode()).isNull();" },
  }));

test("an unmocked injectScript reports success, and every call is recorded", () =>
  passes({
    code: "require('injectScript')('https://a.example/x.js', data.gtmOnSuccess, data.gtmOnFailure);",
    permissions: { inject_script: { urls: ["https://a.example/x.js"] } },
    scenarios: { a: "runCode(); assertApi('gtmOnSuccess').wasCalled(); assertApi('injectScript').wasCalled();" },
  }));

test("an unset consent type is granted, and a listener hears changes only", () =>
  passes({
    code: "const seen = []; require('addConsentListener')('ad_storage', (t, g) => seen.push(g)); require('updateConsentState')({ad_storage: 'granted'}); require('updateConsentState')({ad_storage: 'denied'}); return [require('isConsentGranted')('ad_storage'), seen];",
    permissions: { access_consent: { consentTypes: [{ consentType: "ad_storage", read: true, write: true }] } },
    scenarios: { a: "assertThat(runCode()).isEqualTo([false, [false]]);" },
  }));

test("an assertion that does not hold fails, also in a callback", async () => {
  const code = "data.f && data.f();";
  await fails(/3 isEqualTo 4 does not hold/, { code, scenarios: { a: "assertThat(3).isEqualTo(4);" } });
  await fails(/words: 3 isEqualTo 4/, { code, scenarios: { a: "assertThat(3, 'words').isEqualTo(4);" } });
  await fails(/was not called/, { code, scenarios: { a: "assertApi('gtmOnSuccess').wasCalled();" } });
  await fails(/fail\(\)/, { code, scenarios: { a: "fail();" } });
  await fails(/boom/, { code, scenarios: { a: "runCode({f: () => fail('boom')});" } });
});

test("what was put off is waited for, and what fails there fails the scenario", async () => {
  const server = true;
  const code = "require('callLater')(() => require('callLater')(() => data.f(1)));";
  await fails(/1 isEqualTo 2/, { code, scenarios: { a: "runCode({f: x => assertThat(x).isEqualTo(2)});" } });
  await fails(/late/, { code, scenarios: { a: "require('callLater')(() => fail('late'));" } });
  const promise = "require('Promise').create(done => done(1)).then(data.f);";
  await passes({ server, code: promise, scenarios: { a: "runCode({f: x => assertThat(x).isEqualTo(1)});" } });
  await fails(/1 isEqualTo 2/, { server, code: promise, scenarios: { a: "runCode({f: x => assertThat(x).isEqualTo(2)});" } });
  await fails(/reading 'y'/, { server, code: promise, scenarios: { a: "runCode({f: x => undefined.y});" } });
  await fails(/no permission return_response/, { server, code: "require('Promise').create(done => done()).then(require('returnResponse'));", scenarios: { a: "runCode();" } });
  await fails(/never comes to an end/, { code: "const again = () => require('callLater')(again); again();", scenarios: { a: "runCode();" } });
});

test("there are no prototypes, no newer methods, no globals, no eval and no endless loops", async () => {
  const code = "return data;";
  for (const [scenario, pattern] of [
    ["'abc'.includes('a');", /includes is not a function/],
    ["[1].flat();", /flat is not a function/],
    ["assertThat('x'.constructor).isUndefined(); assertThat([].constructor).isUndefined(); fail('none');", /none/],
    ["process.exit();", /process is not defined/],
    ["while (true) {}", /timed out/],
  ]) await fails(pattern, { code, scenarios: { a: scenario } });
});

test("an API that is not there, or has no stand-in, says so", async () => {
  await fails(/there is no API fetch/, { code: "require('fetch');", scenarios: { a: "runCode();" } });
  await fails(/mock it/, { server: true, code: "require('getGoogleAuth')();", scenarios: { a: "runCode();" } });
});
