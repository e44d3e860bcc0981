import { Announcer } from "./announcer.ts";
import type { Api, Commands, Debug, Score } from "./api.ts";
import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import { Consent, type ConsentCommand } from "./consent.ts";
import { layer } from "./layer.ts";
import { measure } from "./measure.ts";
import { pushed } from "./pushed.ts";
import { safe } from "./safe.ts";
import type { Target } from "./scorer.ts";
import { type Scoring, scoring } from "./scoring.ts";
import { erase } from "./state.ts";

const REASONS = 6;
const STEPS = 40;
const [NOTHING, MEMORY, STORED] = [0, 1, 2];

/** What `debug()` says besides scores and events. */
type State = Omit<Debug, "reasons" | "recent">;

/** Everything the tag does on a page. Throws nothing, delays nothing, and does nothing before `init`. */
export function tag(): { commands: Commands; api: Api } {
  const started = performance.now();
  const now = Date.now();
  const consent = new Consent();
  const announcer = new Announcer();
  const state: State = { status: "waiting", steps: [] };
  /** Of the page, until it is known what consent allows. */
  let early: [string, Record<string, unknown>][] = [];
  let config: Config | undefined;
  let entries: unknown[] | undefined;
  let pageViews = true;
  /** What consent allows; undefined while that is not known. */
  let mode: number | undefined;
  let waiting = false;
  let current: Scoring | undefined;

  function hear(entry: unknown): void {
    const read = pushed(entry);
    if (read?.kind === "event") {
      if (current) current.event(read.name, read.params);
      else if (mode === undefined) early.push([read.name, read.params]);
    } else if (read?.kind === "no-page-view") {
      pageViews = false;
    } else if (read) {
      answer(read, read.update);
    }
  }

  function answer(command: ConsentCommand, visitors: boolean): void {
    consent.set(command);
    if (command.denied && visitors) {
      current?.visit?.stop();
      erase();
    }
    decide();
  }

  /** Begins or stops, as consent has it. What was made before the answer changed is not taken over. */
  function decide(): void {
    if (!entries) return;
    if (mode === undefined && consent.wait) {
      if (!waiting) setTimeout(safe(() => ((consent.wait = 0), decide())), consent.wait);
      waiting = true;
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
    const began = become("loading");
    /** Milliseconds from the consent to a scorer that is ready; told with the first score. */
    let took: number | undefined;
    current = scoring(config!, now, mode === MEMORY, pageViews, {
      note,
      ready(about) {
        Object.assign(state, about);
        took = become("ready") - began;
      },
      tell(score, { modelVersion, bundleVersion }) {
        note("told");
        entries!.push({
          event: "inkling_score",
          inkling_score: score.score,
          inkling_band: score.band,
          inkling_bundle: bundleVersion,
          inkling_model_version: modelVersion,
          // Without a value later: Tag Manager would go on with the old one.
          inkling_load_ms: took,
        });
        took = undefined;
        announcer.tell(score);
      },
      fail: stop,
    });
    for (const [name, params] of early) current.event(name, params);
  }

  function end(): void {
    current?.stop();
    // Tag Manager would go on with the old values.
    if (announcer.last) entries!.push({ inkling_score: undefined, inkling_band: undefined });
    current = announcer.last = undefined;
  }

  function stop(code: Code): void {
    end();
    become("off", code);
    // Without consent nothing is told.
    if (mode) entries!.push({ event: "inkling_off", inkling_code: code });
    announcer.tell(undefined);
  }

  function become(status: Debug["status"], code?: Code): number {
    state.status = status;
    state.code = code;
    return note(code ?? status);
  }

  /** Gives the whole milliseconds since the tag's start. */
  function note(what: string): number {
    const at = (performance.now() - started) | 0;
    if (state.steps.length < STEPS) state.steps.push([at, what]);
    return at;
  }

  /** The exact score, for a page that wants to look inside. */
  function exact(target: Target): Score | undefined {
    const scorer = config?.keep ? current?.scorer : undefined;
    const score = scorer ? scorer.score(target) : NaN;
    return Number.isFinite(score) ? { score, band: scorer!.band(target, score) } : undefined;
  }

  return {
    commands: {
      init(given) {
        if (config || !given) return;
        config = { ...given };
        pageViews &&= config.pageViews !== false;
        note("init");
        // After what else waits in the queue.
        queueMicrotask(safe(() => {
          entries = layer(hear);
          decide();
          const resume = safe(() => document.visibilityState === "visible" && current?.visit?.resume());
          for (const type of ["visibilitychange", "pageshow"]) addEventListener(type, resume);
        }));
      },
      score: (callback) => announcer.listen(callback),
      event: (name, params) => hear(["event", name, params]),
      // Tag Manager begins by saying how things stand, which is no answer of the visitor yet: what follows is.
      consent(given) {
        answer({ update: true, denied: given !== true && given !== "granted" }, !!entries || consent.answered);
      },
    },
    api: {
      debug() {
        const { scorer, visit } = current ?? {};
        const [session, told] = [exact("session"), announcer.last];
        return structuredClone({
          ...state,
          code: state.code ?? visit?.note,
          session: told && { ...told, ...session, band: told.band },
          visitor: exact("visitor"),
          reasons: session ? scorer!.reasons("session", REASONS) : [],
          recent: visit?.recent ?? [],
        });
      },
      onScore: (callback) => announcer.listen(callback),
      ready: () => announcer.first,
      measure(rounds) {
        const { scorer, visit } = current ?? {};
        const last = visit?.recent.at(-1);
        return scorer && last ? measure(scorer, last, rounds) : NaN;
      },
    },
  };
}
