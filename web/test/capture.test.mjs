import assert from "node:assert/strict";
import { test } from "node:test";
import { Consent } from "../dist/consent.mjs";
import { device } from "../dist/device.mjs";
import { Engaged } from "../dist/engaged.mjs";
import { identity } from "../dist/identity.mjs";
import { pushed } from "../dist/pushed.mjs";
import { zone } from "../dist/zone.mjs";

const args = (...list) => (function () { return arguments; })(...list);

test("gtag calls and dataLayer objects are read alike", () => {
  const event = { kind: "event", name: "sign_up", params: { method: "form" } };
  assert.deepEqual(pushed(args("event", "sign_up", { method: "form" })), event);
  assert.deepEqual(pushed({ event: "sign_up", method: "form" }), event);
  assert.deepEqual(pushed(args("event", "sign_up")), { ...event, params: {} });
  const said = { kind: "consent", update: true, denied: true, regional: false, wait: 0 };
  assert.deepEqual(pushed(args("consent", "update", { analytics_storage: "denied" })), said);
  const some = args("consent", "default", { analytics_storage: "granted", region: ["GB"], wait_for_update: 500 });
  assert.deepEqual(pushed(some), { kind: "consent", update: false, denied: false, regional: true, wait: 500 });
  assert.deepEqual(pushed(args("config", "G-DEMO", { send_page_view: false })), { kind: "no-page-view" });
  assert.deepEqual(pushed(args("config", "GT-DEMO", { send_page_view: false })), { kind: "no-page-view" });
  assert.equal(pushed(args("config", "AW-123", { send_page_view: false })), undefined, "Google Ads");
});

test("what is no event is ignored", () => {
  const entries = [
    { event: "gtm.js" }, { event: "inkling_score" }, { ecommerce: null }, { event: 5 }, { event: "" }, null, undefined,
    "event", 7, () => {}, args("js", new Date()), args("config", "G-DEMO"), args("set", { a: 1 }), args("event"),
    args("consent", "default", { ad_storage: "denied" }),
  ];
  for (const entry of entries) assert.equal(pushed(entry), undefined);
});

const consent = (...commands) => {
  const state = new Consent();
  for (const command of commands) state.set({ update: false, denied: false, ...command });
  return [state.granted, state.wait];
};
const [update, denied] = [{ update: true }, { denied: true }];

test("consent: granted until denied; the last default counts; an update outweighs defaults before and after it", () => {
  assert.deepEqual(consent(), [true, 0]);
  assert.deepEqual(consent(denied), [false, 0]);
  assert.deepEqual(consent(denied, {}), [true, 0]);
  assert.deepEqual(consent(denied, update), [true, 0]);
  assert.deepEqual(consent(update, denied), [true, 0]);
  assert.deepEqual(consent({ ...update, ...denied }, {}), [false, 0]);
  assert.deepEqual(consent(update, { ...update, ...denied }), [false, 0]);
});

test("consent: where the visitor is is not known, so a region's denial counts until an update", () => {
  const region = { regional: true };
  assert.deepEqual(consent({ ...region, ...denied }, {}), [false, 0]);
  assert.deepEqual(consent({}, { ...region, ...denied }), [false, 0]);
  assert.deepEqual(consent(denied, region), [false, 0]);
  assert.deepEqual(consent({ ...region, ...denied }, {}, update), [true, 0]);
});

test("consent: an update ends the waiting, whichever comes first", () => {
  assert.deepEqual(consent({ wait: 500 }), [true, 500]);
  assert.deepEqual(consent({ wait: 500 }, {}), [true, 500]);
  assert.deepEqual(consent({ wait: 500 }, update), [true, 0]);
  assert.deepEqual(consent(update, { wait: 500 }), [true, 0]);
});

test("identity from both cookie forms, of the right stream, or nothing", () => {
  const none = { sessionId: 0, sessionNumber: 0, firstTouch: 0 };
  const found = { sessionId: 1795447700, sessionNumber: 3, firstTouch: 1793000000e6 };
  const ga = "a=b; _ga=GA1.1.99120417.1793000000";
  assert.deepEqual(identity(`${ga}; _ga_DEMO=GS1.1.1795447700.3.1.1795447801.0.0.0`), found);
  assert.deepEqual(identity(`${ga}; _ga_DEMO=GS2.1.s1795447700$o3$g1$t1795447801$j60$l0$h0`, "G-DEMO"), found);
  assert.deepEqual(identity("_ga=GA1.2.99120417.1793000000; _ga_X=GS1.1.1.1.0; _ga_DEMO=GS2.1.s1795447700$o3", "DEMO"), found);
  assert.deepEqual(identity(`${ga}; _ga_DEMO=GS1.1.1795447700.3.1`, "G-OTHER"), { ...none, firstTouch: 1793000000e6 });
  for (const cookie of ["", "_ga=", "_ga=GA1.1", "x_ga=GA1.1.1.2; _ga_DEMO=GS9.1.1.1", "_ga_DEMO=GS2.1.o3$s5"]) {
    assert.deepEqual(identity(cookie), none);
  }
});

test("zone offsets, over both changes of summer time", () => {
  const london = zone("Europe/London");
  const at = (text) => Date.parse(text);
  assert.equal(london(at("2026-03-29T00:59:59.999Z")), 0);
  assert.equal(london(at("2026-03-29T01:00:00Z")), 3600);
  assert.equal(london(at("2026-10-25T00:59:59.999Z")), 3600);
  assert.equal(london(at("2026-10-25T01:00:00Z")), 0);
  assert.equal(zone("America/Los_Angeles")(at("2021-01-01T12:00:00Z")), -28_800);
  assert.equal(zone("Asia/Kathmandu")(at("2021-01-01T12:00:00.5Z")), 20_700);
  const howe = zone("Australia/Lord_Howe");
  assert.equal(howe(at("2026-04-04T14:59:59Z")), 39_600);
  assert.equal(howe(at("2026-04-04T15:00:00Z")), 37_800);
  assert.equal(zone("Nowhere/Else")(0), 0);
  assert.equal(zone("")(0), 0);
});

test("engaged time counts only while the page is attended to and is taken once", () => {
  const engaged = new Engaged();
  engaged.active(true, 0);
  assert.equal(engaged.take(1200.4), 1200);
  engaged.active(false, 2000);
  assert.equal(engaged.peek(90_000), 2000 - 1200.4);
  engaged.active(true, 100_000);
  assert.equal(engaged.take(100_100), 900);
  assert.equal(engaged.take(100_100), 0);
});

test("device categories", () => {
  const agents = {
    desktop: ["Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605", ""],
    mobile: ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148", "Mozilla/5.0 (Linux; Android 15) Chrome/156.0 Mobile Safari"],
    tablet: ["Mozilla/5.0 (iPad; CPU OS 12_0)", "Mozilla/5.0 (Linux; Android 15; SM-X700) Chrome/156.0 Safari"],
    "smart tv": ["Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0)"],
  };
  for (const [category, list] of Object.entries(agents)) for (const agent of list) assert.equal(device(agent), category, agent);
  assert.equal(device("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5), "tablet");
});
