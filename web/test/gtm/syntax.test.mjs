import assert from "node:assert/strict";
import { test } from "node:test";
import { check, free } from "../../gtm-test/syntax.mjs";

const said = (code) => check(code, free.code).map(({ line, text }) => `${line}: ${text}`);

test("what templates are made of passes", () => {
  const code = `const log = require('logToConsole');
    let all = [], i = 0;
    function twice(x) { return x * 2; }
    const call = function() { return twice(arguments[0]); };
    for (let key in data) if (data.hasOwnProperty(key)) all.push(x => ({a: x, 'b': -x}));
    for (; i < 3; i++) { switch (i) { case 1: continue; default: break; } }
    while (i--) { all[i] = i ? call(i) : undefined; }
    return all.length && log(typeof all) || data.gtmOnSuccess();`;
  assert.deepEqual(said(code), []);
});

test("what the sandbox does not know is refused, each by its line", () => {
  const refused = {
    "new Date()": "NewExpression",
    "class A {}": "ClassDeclaration",
    "this.x": "ThisExpression",
    "`a`": "TemplateLiteral",
    "data.f(...data)": "SpreadElement",
    "async () => 1": "async",
    "try { data.f(); } catch (e) {}": "TryStatement",
    "throw data": "ThrowStatement",
    "for (const a of data) {}": "ForOfStatement",
    "const {a} = data": "ObjectPattern",
    "const f = (a = 1) => a": "AssignmentPattern",
    "data?.a": "ChainExpression",
    "data ?? 1": "operator ??",
    "data ** 2": "operator **",
    "/a/.test(data)": "regular expression",
    "delete data.a": "delete",
    "const a = 1; return {a}": "key: value",
    "data.constructor": "no prototypes",
    "data.__proto__.x = 1": "no prototypes",
    "window.x = 1": "`window` is not there",
    "setTimeout(data)": "`setTimeout` is not there",
    "Math.abs(1)": "`Math` is not there",
  };
  for (const [code, text] of Object.entries(refused)) {
    const found = said(`\n${code}`);
    assert.ok(found.some((line) => line.startsWith("2: ") && line.includes(text)), `${code}: ${found}`);
  }
});

test("what does not parse says where", () => {
  assert.deepEqual(check("const a = 1;\nconst a = 2;", free.code, 40).map(({ line }) => line), [41]);
});
