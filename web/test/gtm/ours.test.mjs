import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "yaml";
import { audit } from "../../gtm-test/audit.mjs";
import { readTemplate } from "../../gtm-test/sections.mjs";

const at = (path) => new URL(`../../gtm/${path}`, import.meta.url);
const read = (path) => readFile(at(path), "utf8");
const FOLDERS = ["linear", "server-client", "variable", "web-tag"];
const audited = async (folder) => audit(readTemplate(await read(`${folder}/template.tpl`)));

test("every template is good: scenarios, branches, sandbox, exactly the permissions that it needs", async () => {
  for (const folder of FOLDERS) {
    const { ok, failed, branches, syntax, unused, unnoticed } = await audited(folder);
    assert.deepEqual({ folder, ok, failed, missed: branches.missed, syntax, unused, unnoticed }, { folder, ok: true, failed: 0, missed: [], syntax: [], unused: [], unnoticed: [] });
  }
});

test("tag and variable carry at least 25 scenarios", async () => {
  const [variable, tag] = await Promise.all([audited("variable"), audited("web-tag")]);
  assert.ok(variable.passed + tag.passed >= 25, `${variable.passed} + ${tag.passed}`);
});

test("every folder is what the gallery takes", async () => {
  const licence = await readFile(new URL("../../../LICENSE", import.meta.url), "utf8");
  const folders = (await readdir(at("."), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.sort(), FOLDERS);
  for (const folder of FOLDERS) {
    assert.deepEqual((await readdir(at(folder))).sort(), ["LICENSE", "README.md", "metadata.yaml", "template.tpl"]);
    assert.equal(await read(`${folder}/LICENSE`), licence);
    const { homepage, documentation, versions } = parse(await read(`${folder}/metadata.yaml`));
    for (const url of [homepage, documentation]) assert.match(url, /^https:\/\/\S+$/);
    for (const { sha, changeNotes } of versions) assert.ok(/^[0-9a-f]{40}$/.test(sha) && changeNotes, sha);
    const text = await read(`${folder}/template.tpl`);
    assert.match(text, /^___TERMS_OF_SERVICE___\n/);
    const { info } = readTemplate(text);
    if (info.type !== "CLIENT") assert.ok(info.categories.length > 0);
  }
});
