// `node gtm-test.mjs [--output json] [--scenarios-only] FILE.tpl`: 0 good, 1 something to mend, 2 no template.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { audit } from "./audit.mjs";
import { tap } from "./report.mjs";
import { Malformed, readTemplate } from "./sections.mjs";

const options = { output: { type: "string", default: "text" }, "scenarios-only": { type: "boolean", default: false } };

async function main() {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [file] = positionals;
  if (positionals.length !== 1 || !["text", "json"].includes(values.output)) {
    throw new Malformed("usage: gtm-test [--output text|json] [--scenarios-only] FILE.tpl");
  }
  const template = readTemplate(await readFile(file, "utf8"));
  const result = await audit(template, { scenariosOnly: values["scenarios-only"] });
  console.log(values.output === "json" ? JSON.stringify({ file, ...result }, null, 2) : tap(file, result));
  process.exitCode = result.ok ? 0 : 1;
}

main().catch((error) => {
  const usage = error instanceof Malformed || error.code === "ENOENT" || error.code === "EISDIR" || String(error.code).startsWith("ERR_PARSE_ARGS");
  console.error(usage ? error.message : error);
  process.exitCode = 2;
});
