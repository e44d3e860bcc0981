// Consent mode: what the tag reads and writes of the device, watched from before it runs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { names, tagged, told } from "./tagged.mjs";

const site = await tagged();
after(() => site.close());
const GTAG = `<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}</script>`;
const say = (...command) => `<script>gtag("consent",${command.map((part) => JSON.stringify(part)).join(",")})</script>`;
const denied = { analytics_storage: "denied" };
const granted = { analytics_storage: "granted" };

/** Notes every use of cookies and storages in `window.uses`. */
function watch() {
  const uses = (window.uses = []);
  const spy = (of, name, label) => {
    const original = of[name];
    of[name] = function (...given) {
      uses.push(`${label}.${name} ${given[0] ?? ""}`);
      return original.apply(this, given);
    };
  };
  for (const name of ["getItem", "setItem", "removeItem", "clear", "key"]) spy(Storage.prototype, name, "storage");
  for (const name of ["open", "databases", "deleteDatabase"]) spy(IDBFactory.prototype, name, "indexedDB");
  for (const name of ["open", "match"]) spy(CacheStorage.prototype, name, "caches");
  const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(document, "cookie", {
    get: () => (uses.push("cookie.get"), get.call(document)),
    set: (value) => (uses.push("cookie.set"), set.call(document, value)),
  });
  if (window.CookieStore) for (const name of ["get", "getAll", "set", "delete"]) spy(CookieStore.prototype, name, "cookieStore");
}

/** A page whose head holds `commands`; `act` goes on from there. Ends with uses, storage and requests for the release. */
async function visit(commands, { more = { keep: 20 }, settle = true, stored = {} } = {}, act = async () => {}) {
  const requests = [];
  const before = async (page) => {
    await page.addInitScript((stored) => Object.entries(stored).forEach(([key, value]) => localStorage.setItem(key, value)), stored);
    await page.addInitScript(watch);
    page.on("request", (request) => request.url().includes("/release/") && requests.push(request.url()));
  };
  const { page, errors, context } = await site.open({ head: GTAG + commands, more, before, settle });
  const result = await act(page);
  await page.waitForTimeout(1300);
  const left = await page.evaluate(() => ({ uses: [...window.uses], keys: Object.keys(localStorage).sort(), debug: window.inkling.debug() }));
  const score = await told(page);
  assert.deepEqual(errors, []);
  await context.close();
  return { ...left, told: score, requests, result };
}

const nothing = ({ uses, told, requests, debug }) => {
  assert.deepEqual([uses, told, requests, debug.session, debug.status, debug.code], [[], [], [], undefined, "off", "consent-denied"]);
};

test("the watch sees what a page with consent reads and writes", async () => {
  const { uses, keys, told } = await visit(say("default", granted));
  assert.deepEqual(keys, ["inkling_release", "inkling_state"]);
  assert.ok(uses.includes("cookie.get") && uses.includes("storage.getItem inkling_state") && uses.includes("storage.setItem inkling_state"));
  assert.deepEqual(uses.filter((use) => use === "cookie.set" || /indexedDB|caches|cookieStore|removeItem|clear/.test(use)), []);
  assert.equal(told.length, 1);
});

test("denied by default, by an update, or by an update before the default: nothing is read, stored, fetched or scored", async () => {
  nothing(await visit(say("default", denied)));
  nothing(await visit(say("default", { ...denied, wait_for_update: 100 }), { settle: false }));
  for (const commands of [say("default", granted) + say("update", denied), say("update", denied) + say("default", granted)]) {
    nothing(await visit(commands));
  }
  nothing(await visit(say("default", { ...denied, region: ["GB"] }) + say("default", granted)));
});

test("granted by an update, before or after a default that denies", async () => {
  for (const commands of [say("default", denied) + say("update", granted), say("update", granted) + say("default", denied)]) {
    const { told, debug } = await visit(commands);
    assert.deepEqual([told.length, debug.status], [1, "ready"]);
  }
});

test("granted later: nothing before, a score from then on", async () => {
  const later = async (page) => {
    await page.evaluate(() => dataLayer.push({ event: "before" }));
    await page.waitForTimeout(300);
    assert.deepEqual(await page.evaluate(() => window.uses), []);
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted" }));
    await page.waitForFunction(() => window.inkling.debug().session);
    return names(page);
  };
  const { told, result } = await visit(say("default", denied), {}, later);
  assert.deepEqual([result, told.length], [["page_view"], 1]);
});

test("wait_for_update: nothing until the update or the end of the wait; what happened meanwhile counts", async () => {
  const waiting = say("default", { ...granted, wait_for_update: 900 });
  const still = async (page) => {
    await page.evaluate(() => gtag("event", "meanwhile"));
    await page.waitForTimeout(300);
    assert.deepEqual(await page.evaluate(() => [window.uses, window.inkling.debug().status]), [[], "waiting"]);
  };
  const end = async (page) => {
    await still(page);
    await page.waitForFunction(() => window.inkling.debug().session);
    return names(page);
  };
  const none = await visit(waiting, { settle: false }, end);
  assert.deepEqual([none.result, none.debug.steps.find(([, what]) => what === "loading")[0] >= 890], [["page_view", "meanwhile"], true]);
  const long = say("default", { ...granted, wait_for_update: 60_000 });
  const sooner = await visit(long, { settle: false }, async (page) => {
    await still(page);
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted" }));
    await page.waitForFunction(() => window.inkling.debug().session);
    return names(page);
  });
  assert.deepEqual(sooner.result, ["page_view", "meanwhile"]);
  nothing(await visit(waiting, { settle: false }, async (page) => {
    await still(page);
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "denied" }));
  }));
});

test("a default that comes late and denies ends the score at once, also one that waits for an update", async () => {
  for (const more of [{}, { wait_for_update: 60_000 }]) {
    const { debug, keys } = await visit(say("default", granted), {}, (page) =>
      page.evaluate((late) => gtag("consent", "default", late), { ...denied, ...more }));
    assert.deepEqual([debug.status, debug.code, keys.includes("inkling_state")], ["off", "consent-denied", false]);
  }
});

test("withdrawal erases whatever is ours, also what an earlier visit left, and touches nothing else", async () => {
  const stored = { inkling_state: "1.AAAA.0", inkling_release: "[]", inkling_more: "x", other: "y", northgate: "z" };
  const withdraw = (page) => page.evaluate(() => gtag("consent", "update", { analytics_storage: "denied" }));
  const running = await visit(say("default", granted), { stored }, withdraw);
  assert.deepEqual(running.keys, ["northgate", "other"]);
  assert.equal(running.debug.code, "consent-denied");
  const asleep = await visit(say("default", denied) + say("update", denied), { stored });
  assert.deepEqual(asleep.keys, ["northgate", "other"]);
  assert.deepEqual(asleep.uses.filter((use) => !use.startsWith("storage.removeItem inkling_")), []);
  const unasked = await visit(say("default", denied), { stored });
  assert.deepEqual([unasked.keys.length, unasked.uses], [5, []], "a default says nothing of what was there before");
});

test("withdrawal while the release is on its way: nothing is read or written after it", async () => {
  const hold = new Map(site.world.files.current);
  const release = hold.get("release.json");
  let answer;
  const asked = new Promise((resolve) => (answer = resolve));
  site.world.files.current = hold.set("release.json", (response) => answer(() => response.writeHead(200).end(release)));
  const { uses, keys, told, requests } = await visit(say("default", granted), { settle: false }, async (page) => {
    const send = await asked;
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "denied" }));
    await page.evaluate(() => window.uses.splice(0));
    send();
  });
  hold.set("release.json", release);
  assert.deepEqual([uses, keys, told], [[], [], []]);
  assert.equal(requests.length, 1, "model and scorer are not asked for any more");
});

test("withdrawal while model and scorer are on their way: what was seen of the release is not written after it", async () => {
  const hold = new Map(site.world.files.current);
  const name = [...hold.keys()].find((name) => name.endsWith("bundle.bin"));
  let answer;
  const asked = new Promise((resolve) => (answer = resolve));
  site.world.files.current = new Map(hold).set(name, (response) => answer(() => response.writeHead(200).end(hold.get(name))));
  const { uses, keys, told, debug } = await visit(say("default", granted), { settle: false }, async (page) => {
    const send = await asked;
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "denied" }));
    await page.evaluate(() => window.uses.splice(0));
    send();
  });
  site.world.files.current = hold;
  assert.deepEqual([uses, keys, told, debug.code], [[], [], [], "consent-denied"]);
});

test("another tab erased the state: this one does not bring it back", async () => {
  const { page, context } = await site.open({ more: { keep: 20 }, head: GTAG });
  for (let at = 0; at < 5; at++) await page.evaluate(() => gtag("event", "something"));
  await page.waitForFunction(() => localStorage.getItem("inkling_state"));
  const before = await page.evaluate(() => window.inkling.debug().session.score);
  await page.evaluate(() => {
    localStorage.clear();
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    gtag("event", "something");
  });
  const score = await page.evaluate(() => window.inkling.debug().session.score);
  assert.deepEqual([before, score], [6 / 12, 1 / 7]);
  await context.close();
});

test("memory: under denial a score of this page alone, nothing read or written; granted, it begins anew with storage", async () => {
  const upgrade = async (page) => {
    const first = await told(page);
    assert.equal(first.length, 1);
    await page.waitForTimeout(1300);
    assert.deepEqual(await page.evaluate(() => [window.uses, Object.keys(localStorage)]), [[], []]);
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted" }));
    await page.waitForFunction(() => localStorage.getItem("inkling_state"));
    return names(page);
  };
  const ids = { clientId: "1.2", sessions: [{ measurement_id: "G-DEMO", session_id: 1795447700, session_number: 1 }] };
  const { result } = await visit(say("default", denied), { more: { keep: 20, memory: true, ids } }, upgrade);
  assert.deepEqual(result, ["first_visit", "session_start", "page_view"]);
});

test("memory: withdrawal erases what is stored and goes on in memory", async () => {
  const { keys, debug, uses } = await visit(say("default", granted), { more: { keep: 20, memory: true } }, async (page) => {
    await page.waitForFunction(() => localStorage.getItem("inkling_state"));
    await page.evaluate(() => {
      gtag("consent", "update", { analytics_storage: "denied" });
      window.uses.splice(0);
    });
    await page.waitForFunction(() => window.inkling.debug().session);
  });
  assert.deepEqual([keys, debug.status, uses], [[], "ready", []]);
});

test("commands: inkling(\"consent\", …), in the queue and later; whatever is no grant is a denial", async () => {
  for (const [no, yes] of [["denied", "granted"], [false, true], [undefined, true], ["nonsense", "granted"]]) {
    const head = `<script>window.inkling=function(){(inkling.q=inkling.q||[]).push(arguments)};inkling("consent",${JSON.stringify(no)})</script>`;
    const { page, context } = await site.open({ more: { keep: 20 }, head });
    assert.equal(await page.evaluate(() => window.inkling.debug().code), "consent-denied");
    await page.evaluate((yes) => window.inkling("consent", yes), yes);
    await page.waitForFunction(() => localStorage.getItem("inkling_state") && localStorage.getItem("inkling_release"));
    await page.evaluate((no) => window.inkling("consent", no), no);
    assert.deepEqual(await page.evaluate(() => [window.inkling.debug().code, localStorage.length]), ["consent-denied", 0]);
    await context.close();
  }
});

test("commands: of two in the queue the second is the visitor's answer; the first is how things stand", async () => {
  const stored = { inkling_state: "1.AAAA.0", inkling_release: "[]" };
  const says = (...answers) => `<script>window.inkling=function(){(inkling.q=inkling.q||[]).push(arguments)};${answers.map((answer) => `inkling("consent",${answer});`).join("")}</script>`;
  const stands = await visit(says(false), { stored });
  assert.deepEqual([stands.keys, stands.uses], [["inkling_release", "inkling_state"], []]);
  assert.deepEqual((await visit(says(true, false), { stored })).keys, []);
});

test("memory is off by default", async () => {
  nothing(await visit(say("default", denied), { more: {} }));
});
