import { Promises } from "./apis/promises.mjs";

/** What the APIs of one scenario read and change: a window, a data layer, consent, storages, a request, a response. */
export class World {
  window = {};
  dataLayer = {};
  consent = {};
  listeners = [];
  cookies = {};
  local = new Map();
  template = new Map();
  url = "https://www.example.com/";
  referrer = "";
  title = "";
  analytics = { client_id: "1111111111.1700000000", sessions: [] };
  request = { method: "GET", path: "/", query: {}, headers: {}, body: undefined, address: "127.0.0.1" };
  response = { status: 200, headers: {}, body: undefined };
  later = [];
  promises = new Promises();

  /** The object that holds the last part of a dotted path, and that part; makes what is missing if asked to. */
  at(root, path, make) {
    const keys = path.split(".");
    const last = keys.pop();
    let place = root;
    for (const key of keys) {
      if (place[key] === undefined || place[key] === null) {
        if (!make) return [undefined, last];
        place[key] = {};
      }
      place = place[key];
    }
    return [place, last];
  }

  get(root, path) {
    const [place, key] = this.at(root, path, false);
    return place?.[key];
  }

  /** What `callLater` put off so far; what that puts off comes in the next round. */
  runLater() {
    for (const run of this.later.splice(0)) run();
  }

  /** An unset type counts as granted, and listeners hear changes only, as in GTM. */
  updateConsent(state) {
    for (const [type, value] of Object.entries(state)) {
      const before = this.consent[type] !== "denied";
      this.consent[type] = value;
      const now = value !== "denied";
      if (now !== before) for (const [t, listener] of this.listeners) if (t === type) listener(type, now);
    }
  }
}
