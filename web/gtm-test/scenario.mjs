import { assertApi, assertThat, Failed } from "./assertions.mjs";
import { Bench } from "./bench.mjs";
import { Gate } from "./gate.mjs";
import { World } from "./page.mjs";
import { Realm } from "./realm.mjs";

/** Runs one scenario with these permissions: `{ name, ok, error, used }`. `coverage` sees the branches if it is given. */
export async function runScenario(template, scenario, permissions, coverage) {
  const [realm, world, gate] = [new Realm(), new World(), new Gate(permissions)];
  const bench = new Bench(template, { realm, world, gate });
  const code = coverage
    ? realm.compile(["require", "data", "branch", "decision"], coverage.code, "template", template.codeLine)
    : realm.compile(["require", "data"], template.code, "template", template.codeLine);
  let ids = 0;
  // What fails inside a callback of the template must not be lost there.
  let first;
  const keep = (check) => {
    try {
      return check();
    } catch (error) {
      first ??= error;
      throw error;
    }
  };
  const test = {
    mock: (name, value) => bench.mock(name, value),
    mockObject: (name, object) => bench.mock(name, object),
    runCode: (data = {}) => {
      const hooks = coverage ? [coverage.branch, coverage.decision] : [];
      const value = code((name) => bench.require(name, "code"), realm.copy(bench.data(data)), ...hooks);
      world.runLater();
      return value;
    },
    assertApi: (name) => assertApiOf(keep, name, bench.calls(name)),
    assertThat: (actual, message) => guarded(keep, assertThat(actual, message)),
    fail: (message = "fail() was called") => keep(() => { throw new Failed(message); }),
    generateUniqueId: () => String(++ids),
  };
  const names = Object.keys(test);
  try {
    // Setup and scenario share one scope.
    const run = realm.compile([...names, "require"], `${template.setup}\n${scenario.code}`, "scenario", 1);
    await settled(realm, world, () => run(...names.map((name) => test[name]), (name) => bench.require(name, "test")));
    if (first) throw first;
    return { name: scenario.name, ok: true, used: gate.used };
  } catch (error) {
    return { name: scenario.name, ok: false, error: message(first ?? error), used: gate.used };
  }
}

const ROUNDS = 1000;

/** Runs it, then what it put off: `callLater` and promises. What fails there fails the scenario. */
async function settled(realm, world, run) {
  realm.call(run);
  for (let round = 0; ; round++) {
    // Every promise that can go on has done so before the next turn of the event loop.
    await new Promise((done) => setImmediate(done));
    for (const reason of world.promises.lost) throw reason;
    if (world.later.length === 0) return;
    if (round === ROUNDS) throw new Error("callLater never comes to an end");
    realm.call(() => world.runLater());
  }
}

function assertApiOf(keep, name, calls) {
  return guarded(keep, assertApi(name, calls));
}

function guarded(keep, chain) {
  const wrapped = {};
  for (const name of Object.keys(chain)) wrapped[name] = (...expected) => (keep(() => chain[name](...expected)), wrapped);
  return wrapped;
}

function message(error) {
  if (typeof error?.message !== "string") return String(error);
  const line = /\b(template|scenario):(\d+)/.exec(error.stack ?? "");
  const place = line && error.name !== "Error" ? ` (${line[1]}, line ${line[2]})` : "";
  return `${error.message}${place}`;
}
