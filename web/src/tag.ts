import { Announcer } from "./announcer.ts";
import type { Api, Commands, Debug, Score } from "./api.ts";
import { capture, type Capture } from "./capture.ts";
import type { Code } from "./codes.ts";
import type { Config } from "./config.ts";
import { Consent, type ConsentCommand } from "./consent.ts";
import { layer } from "./layer.ts";
import { load } from "./load.ts";
import { measure } from "./measure.ts";
import type { Moment } from "./moment.ts";
import { pushed } from "./pushed.ts";
import { Refused } from "./refused.ts";
import { report } from "./report.ts";
import { safe } from "./safe.ts";
import { BANDS, type Scorer, type Target } from "./scorer.ts";
import { erase } from "./state.ts";
import { Visit } from "./visit.ts";
import { whenIdle } from "./when-idle.ts";

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
  /** Of the page, until the scorer is there. */
  const queue: Moment[] = [];
  /** Of the page, until it is known what consent allows. */
  let early: [string, Record<string, unknown>][] = [];
  let config: Config | undefined;
  let entries: unknown[] | undefined;
  let pageViews = true;
  /** What consent allows; undefined while that is not known. */
  let mode: number | undefined;
  let waiting = false;
  let taking: Capture | undefined;
  let scorer: Scorer | undefined;
  let visit: Visit | undefined;
  let tell: (score: number) => void;

  function hear(entry: unknown): void {
    const read = pushed(entry);
    if (read?.kind === "event") {
      if (taking) taking.event(read.name, read.params);
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
      visit?.stop();
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
    become("loading");
    const mine = (taking = capture(take, () => visit?.flush(), config!, pageViews));
    const active = () => mine === taking;
    for (const [name, params] of early) mine.event(name, params);
    whenIdle(() => {
      if (!active()) return;
      load(config!, now, mode === MEMORY, active, note)
        .then((loaded) => loaded && run(loaded, active))
        .catch((error) => active() && stop(error instanceof Refused ? error.code : "wasm-refused"));
    });
  }

  function run(loaded: NonNullable<Awaited<ReturnType<typeof load>>>, active: () => boolean): void {
    const { about } = loaded;
    scorer = loaded.scorer;
    Object.assign(state, about);
    visit = new Visit(scorer, config!, mode === MEMORY);
    tell = report(
      safe((step: number, level: number) => {
        if (!active()) return;
        const score = { score: Number(step.toFixed(2)), band: BANDS[level]! };
        visit!.told(level);
        note("told");
        entries!.push({
          event: "inkling_score",
          inkling_score: score.score,
          inkling_band: score.band,
          inkling_model_version: about.modelVersion,
          inkling_bundle: about.bundleVersion,
        });
        announcer.tell(score);
      }),
      (score) => loaded.scorer.level("session", score),
      visit.band,
    );
    become("ready");
    queue.splice(0).forEach(take);
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
    taking = scorer = visit = announcer.last = undefined;
    queue.length = 0;
  }

  function stop(code: Code): void {
    end();
    become("off", code);
    announcer.tell(undefined);
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
          const resume = safe(() => document.visibilityState === "visible" && visit?.resume());
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
        const last = visit?.recent.at(-1);
        return scorer && last ? measure(scorer, last, rounds) : NaN;
      },
    },
  };
}
