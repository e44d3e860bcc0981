import type { Api, Debug, Score } from "./api.ts";
import { Capture } from "./capture.ts";
import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import { Consent } from "./consent.ts";
import { fallback } from "./fallback.ts";
import { layer } from "./layer.ts";
import { measure } from "./measure.ts";
import type { Moment } from "./moment.ts";
import { cookies, share } from "./identity.ts";
import { pushed } from "./pushed.ts";
import { Refused } from "./refused.ts";
import { report } from "./report.ts";
import { Seen } from "./seen.ts";
import { type Exports, type Reason, Scorer, type Target } from "./scorer.ts";
import { State } from "./state.ts";
import { verify } from "./verify.ts";
import { Visit } from "./visit.ts";
import { whenIdentified } from "./when-identified.ts";
import { whenIdle } from "./when-idle.ts";

const REASONS = 6;

/** Everything the tag does on a page, in the order in which it happens. Throws nothing, delays nothing. */
function tag(config: Config): Api {
  const started = performance.now();
  const now = Date.now();
  const consent = new Consent();
  const state: Debug = { status: "waiting", timings: {}, reasons: [], recent: [] };
  const listeners: ((score: Score) => void)[] = [];
  const queue: Moment[] = [];
  let pageViews = config.pageViews !== false;
  let capture: Capture | undefined;
  let scorer: Scorer | undefined;
  let visit: Visit | undefined;
  let tell: ((score: number, band: string) => void) | undefined;
  let early: [string, Record<string, unknown>][] | undefined = [];

  const entries = layer((entry) => {
    const read = pushed(entry);
    if (read?.kind === "event") {
      if (capture) capture.event(read.name, read.params);
      else if (allowed()) early?.push([read.name, read.params]);
    } else if (read?.kind === "no-page-view") {
      pageViews = false;
    } else if (read) {
      decide(read.analytics, read.update);
    }
  });
  if (allowed()) begin();
  else stop("consent-denied");
  early = undefined;

  function decide(analytics: string | true, update: boolean): void {
    if (!consent.set(analytics, update) || early) return;
    // What was made before the answer changed is not taken over.
    if (!consent.granted) end(update);
    else if (config.memory) stop("consent-denied");
    if (allowed()) begin();
  }

  function allowed(): boolean {
    return consent.granted || !!config.memory;
  }

  function begin(): void {
    state.status = "loading";
    state.code = undefined;
    const mine = (capture = new Capture(take, () => visit?.flush(), pageViews));
    for (const [name, params] of early ?? []) mine.event(name, params);
    whenIdle(() => void load(mine).catch((error) => capture === mine && stop(error instanceof Refused ? error.code : "wasm-refused")));
  }

  /** Nothing, if consent has changed since it was asked for. */
  async function load(mine: Capture): Promise<void> {
    if (capture !== mine) return;
    const memory = !consent.granted;
    const from = performance.now();
    const [release] = await Promise.all([verify(config, now, memory ? {} : { share: share(cookies(config)), seen: new Seen() }), memory || whenIdentified(config)]);
    state.timings.verify = performance.now() - from;
    const bytesThere = performance.now();
    const script = release.fallback;
    const ready = await Scorer.load(release.scorer, release.bundle, script && (() => fallback<Exports>(script)));
    if (capture !== mine) return;
    scorer = ready;
    state.timings.ready = performance.now() - bytesThere;
    state.modelVersion = release.modelVersion;
    state.releaseVersion = release.version;
    state.expires = release.expires;
    visit = new Visit(scorer, config, memory);
    tell = report(entries, release);
    state.status = "ready";
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && visit?.resume());
    queue.splice(0).forEach(take);
    state.timings.total = performance.now() - started;
  }

  function take(moment: Moment): void {
    if (!visit) {
      queue.push(moment);
      return;
    }
    try {
      const score = visit.observe(moment);
      const band = read("session")?.band;
      if (band === undefined) return;
      tell?.(score, band);
      for (const listener of listeners) call(listener, { score, band });
    } catch {
      // A trap leaves the scorer in no state to trust.
      stop("event-refused");
    }
  }

  function read(target: Target): Score | undefined {
    const score = scorer?.score(target) ?? NaN;
    return scorer && Number.isFinite(score) ? { score, band: scorer.band(target, score) } : undefined;
  }

  function end(forget: boolean): void {
    if (forget && visit) visit.forget();
    else if (forget) new State().clear();
    stop("consent-denied");
  }

  function stop(code: Code): void {
    capture?.stop();
    capture = scorer = visit = undefined;
    queue.length = 0;
    state.status = "off";
    state.code = code;
  }

  return {
    debug() {
      const reasons: Reason[] = scorer?.reasons("session", REASONS) ?? [];
      const scores = Object.fromEntries((["session", "visitor"] as const).flatMap((target) => {
        const score = read(target);
        return score ? [[target, score]] : [];
      }));
      return { ...state, ...scores, code: state.code ?? visit?.note, reasons, recent: visit?.recent ?? [] };
    },
    onScore(callback) {
      listeners.push(callback);
      const score = read("session");
      if (score) call(callback, score);
    },
    consent(answer) {
      decide(answer || "denied", true);
    },
    measure(rounds) {
      const last = visit?.recent.at(-1);
      return scorer && last ? measure(scorer, last, rounds) : NaN;
    },
  };
}

/** The page's own callback may fail without harm to the tag or to the page. */
function call<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch {
    // Its owner's business.
  }
}

function start(): void {
  try {
    const host = window as { inkling?: { (...call: unknown[]): void; q?: any[][] } };
    const calls = host.inkling?.q;
    const init = calls && Array.from(calls).find(([name]) => name === "init");
    if (!init) return;
    const api = tag(init[1]);
    const run = ([name, value]: any[]) => {
      if (name === "score") api.onScore(value);
      else if (name === "consent") api.consent(value);
    };
    host.inkling = Object.assign((...call: unknown[]) => void run(call), api);
    Array.from(calls).forEach(run);
  } catch {
    // Never into the page.
  }
}

// A page that is only prerendered has not been visited.
if ((document as { prerendering?: boolean }).prerendering) {
  document.addEventListener("prerenderingchange", start, { once: true });
} else {
  start();
}
