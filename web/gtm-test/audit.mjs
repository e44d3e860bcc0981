import { Coverage } from "./coverage.mjs";
import { parts, readPermissions } from "./permissions.mjs";
import { runScenario } from "./scenario.mjs";
import { check, free } from "./syntax.mjs";

/** Everything that is to be said about a template; `ok` if there is nothing to mend. */
export async function audit(template, { scenariosOnly = false } = {}) {
  const syntax = check(template.code, free.code, template.codeLine);
  const parses = syntax.every(({ fatal }) => !fatal);
  for (const { name, code } of template.scenarios) syntax.push(...inScenario(name, `${template.setup}\n${code}`));
  const permissions = readPermissions(template.permissions);
  const coverage = parses ? new Coverage(template) : undefined;
  const scenarios = [];
  if (parses) for (const scenario of template.scenarios) scenarios.push(await runScenario(template, scenario, permissions, coverage));
  const failed = scenarios.filter((s) => !s.ok).length;
  const result = {
    name: template.info.displayName ?? "",
    syntax,
    scenarios: scenarios.map(({ name, ok, error }) => ({ name, ok, error })),
    passed: scenarios.length - failed,
    failed,
    branches: { total: coverage?.total ?? 0, missed: coverage?.missed ?? [] },
    unused: [],
    unnoticed: [],
  };
  if (!scenariosOnly && parses && failed === 0) Object.assign(result, await needless(template, permissions, scenarios));
  const strict = syntax.length + result.branches.missed.length + result.unused.length + result.unnoticed.length;
  result.ok = failed === 0 && parses && scenarios.length > 0 && (scenariosOnly || strict === 0);
  return result;
}

/** The editor runs scenarios in the sandbox, too. One that does not parse fails when it is run. */
function inScenario(name, code) {
  return check(code, free.test).filter(({ fatal }) => !fatal).map(({ line, text }) => ({ line, text, scenario: name }));
}

/** Permissions that no scenario's template code needs, and those whose loss no scenario notices. */
async function needless(template, permissions, scenarios) {
  const used = new Set(scenarios.flatMap((s) => [...s.used]));
  const [unused, unnoticed] = [[], []];
  for (const part of parts(permissions)) {
    if (!used.has(part.path)) unused.push(part.text);
    else if (!(await noticed(template, part.without()))) unnoticed.push(part.text);
  }
  return { unused, unnoticed };
}

async function noticed(template, permissions) {
  for (const scenario of template.scenarios) if (!(await runScenario(template, scenario, permissions)).ok) return true;
  return false;
}
