import type { Api, Commands, Debug, Score } from "./api.ts";
import { capture, type Capture } from "./capture.ts";
import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import { Consent } from "./consent.ts";
import { fallback } from "./fallback.ts";
import { cookies, share } from "./identity.ts";
import { layer } from "./layer.ts";
import { measure } from "./measure.ts";
import type { Moment } from "./moment.ts";
import { pushed } from "./pushed.ts";
import { Refused } from "./refused.ts";
import { report } from "./report.ts";
import { safe } from "./safe.ts";
import { BANDS, type Exports, Scorer, type Target } from "./scorer.ts";
import { Seen } from "./seen.ts";
import { erase } from "./state.ts";
import { verify } from "./verify.ts";
import { Visit } from "./visit.ts";
import { whenIdentified } from "./when-identified.ts";
import { whenIdle } from "./when-idle.ts";

const REASONS = 6;
const STEPS = 40;
const [NOTHING, MEMORY, STORED] = [0, 1, 2];

/** Everything the tag does on a page. Throws nothing, delays nothing, and does nothing before `init`. */
export function tag(): { commands: Commands; api: Api } {
  const started = performance.now();
  const now = Date.now();
  const consent = new Consent();
  const state: Debug = { status: "waiting", timings: {}, steps: [], reasons: [], recent: [] };
  const listeners: ((score: Score) => void)[] = [];
  const queue: Moment[] = [];
  let config: Config | undefined;
  let entries: unknown[] | undefined;
  let pageViews = true;
  /** What consent allows; undefined while that is not known. */
  let mode: number | undefined;
  /** Events of the page from before that is known. */
  let early: [string, Record<string, unknown>][] = [];
  let waiting: unknown;
  let taking: Capture | undefined;
  let scorer: Scorer | undefined;
  let visit: Visit | undefined;
  let tell: (score: number) => void;
  let told: Score | undefined;
  let settle: (score: Score | undefined) => void;
  const first = new Promise<Score | undefined>((resolve) => (settle = resolve));

  function hear(entry: unknown): void {
    const read = pushed(entry);
    if (read?.kind === "event") {
      if (taking) taking.event(read.name, read.params);
      else if (mode === undefined) early.push([read.name, read.params]);
    } else if (read?.kind === "no-page-view") {
      pageViews = false;
    } else if (read) {
      consent.set(read);
      if (read.update && read.denied) {
        visit?.stop();
        erase();
      }
      decide();
    }
  }

  /** Begins or stops, as consent has it. What was made before the answer changed is not taken over. */
  function decide(): void {
    if (!entries) return;
    if (consent.wait && waiting !== NOTHING) {
      waiting ??= setTimeout(safe(() => (waiting = NOTHING, decide())), consent.wait);
      return;
    }
    const next = consent.granted ? STORED : config!.memory ? MEMORY : NOTHING;
    if (next === mode) return;
    mode = next;
    end();
    if (mode) begin();
    else stop("consent-denied");
    early = [];
  }

  function begin(): void {
    become("loading");
    const mine = (taking = capture(take, () => visit?.flush(), config!, pageViews));
    for (const [name, params] of early) mine.event(name, params);
    whenIdle(() => load(mine).catch((error) => mine === taking && stop(error instanceof Refused ? error.code : "wasm-refused")));
  }

  async function load(mine: Capture): Promise<void> {
    // Consent may be taken back at any moment: from then on nothing is read or written.
    const active = () => mine === taking;
    if (!active()) return;
    const { timings } = state;
    const memory = mode === MEMORY;
    const seen = new Seen();
    const guarded = { load: () => (active() ? seen.load() : undefined), keep: (...of: Parameters<Seen["keep"]>) => { active() && seen.keep(...of); } };
    const from = performance.now();
    const [release] = await Promise.all([
      verify(config!, now, memory ? {} : { share: share(cookies(config!)), seen: guarded }),
      memory || whenIdentified(config!, active),
    ]);
    if (!active()) return;
    note("verified");
    timings.verify = performance.now() - from;
    const there = performance.now();
    const { bundle, scorer: code, fallback: script, version, ...named } = release;
    const ready = await Scorer.load(code, bundle, script && (() => fallback<Exports>(script)));
    if (!active()) return;
    scorer = ready;
    timings.ready = performance.now() - there;
    Object.assign(state, named, { releaseVersion: version });
    visit = new Visit(scorer, config!, memory);
    tell = report(
      safe((step: number, band: number) => {
        if (!active()) return;
        visit!.told(band);
        told = { score: Number(step.toFixed(2)), band: BANDS[band]! };
        note("told");
        entries!.push({ event: "inkling_score", inkling_score: told.score, inkling_band: told.band, inkling_model_version: named.modelVersion, inkling_bundle: named.bundleVersion });
        for (const listener of listeners) safe(listener)({ ...told });
        settle({ ...told });
      }),
      (score) => ready.level("session", score),
      visit.band,
    );
    become("ready");
    queue.splice(0).forEach(take);
    timings.total = performance.now() - started;
  }

  function take(moment: Moment): void {
    if (!visit) {
      queue.push(moment);
      return;
    }
    try {
      tell(visit.observe(moment));
    } catch {
      // A trap leaves the scorer in no state to trust.
      stop("event-refused");
    }
  }

  function end(): void {
    taking?.stop();
    visit?.stop();
    taking = scorer = visit = told = undefined;
    queue.length = 0;
  }

  function stop(code: Code): void {
    end();
    become("off", code);
    settle(undefined);
  }

  function become(status: Debug["status"], code?: Code): void {
    state.status = status;
    state.code = code;
    note(code ?? status);
  }

  function note(what: string): void {
    if (state.steps.length < STEPS) state.steps.push([Math.round(performance.now() - started), what]);
  }

  /** The exact score, for a page that wants to look inside. */
  function exact(target: Target): Score | undefined {
    const score = scorer && config!.keep ? scorer.score(target) : NaN;
    return Number.isFinite(score) ? { score, band: scorer!.band(target, score) } : undefined;
  }

  const resume = () => document.visibilityState === "visible" && visit?.resume();

  return {
    commands: {
      init(given) {
        if (config) return;
        config = { ...given };
        pageViews &&= config.pageViews !== false;
        note("init");
        // After what else waits in the queue.
        queueMicrotask(safe(() => {
          entries = layer(hear);
          decide();
          for (const type of ["visibilitychange", "pageshow"]) addEventListener(type, safe(resume));
        }));
      },
      score: onScore,
      event: (name, params) => hear(["event", name, params]),
      consent: (answer) => hear(["consent", "update", { analytics_storage: answer === true || answer === "granted" ? "granted" : "denied" }]),
    },
    api: {
      debug() {
        const session = exact("session");
        return {
          ...state,
          code: state.code ?? visit?.note,
          steps: state.steps.slice(),
          session: session && told ? { ...session, band: told.band } : told && { ...told },
          visitor: exact("visitor"),
          reasons: session ? scorer!.reasons("session", REASONS) : [],
          recent: visit?.recent ?? [],
        };
      },
      onScore,
      ready: () => first,
      measure(rounds) {
        const last = visit?.recent.at(-1);
        return scorer && last ? measure(scorer, last, rounds) : NaN;
      },
    },
  };

  function onScore(callback: (score: Score) => void): void {
    listeners.push(callback);
    if (told) safe(callback)({ ...told });
  }
}
