import type { Api, Debug } from "../../src/api.ts";
import css from "./panel.css";
import { path } from "./path.ts";
import { words } from "./words.ts";

const OPEN = "northgate_panel";
const PATH = "northgate_path";
const ROUNDS = 2000;
const REASONS = 4;
const SILENCES: Record<string, string> = {
  "consent-denied": "Analytics is off, so nothing is read, kept or scored.",
  "no-webcrypto": "This browser cannot check the signature, so nothing runs.",
  expired: "The release has run out; a new one has to be published.",
};

const inkling = () => (window as unknown as { inkling?: Partial<Api> }).inkling;
const host = document.createElement("aside");
host.setAttribute("aria-label", "Inkling score");
const root = host.attachShadow({ mode: "open" });
root.innerHTML = `<style>${css}</style><div class="card"><button><span class="dot"></span><span class="name">Inkling</span><span class="brief"></span><span class="chevron"></span></button><div class="body"></div></div>`;
const card = root.querySelector(".card")!;
const button = root.querySelector("button")!;
const body = root.querySelector(".body")!;
let open = (sessionStorage.getItem(OPEN) ?? String(innerWidth > 600 && !location.pathname.startsWith("/replay"))) === "true";
let micros = NaN;
let shown = 0;
let last = "";

button.addEventListener("click", () => {
  open = !open;
  sessionStorage.setItem(OPEN, String(open));
  draw();
});
document.body.append(host);
watch();

/** Scores are told once a second at most; here every event is to be seen, so the panel looks for itself. */
function watch(): void {
  setTimeout(watch, 100);
  const state = inkling()?.debug?.();
  const news = `${state?.status} ${state?.code} ${state?.recent.at(-1)?.numbers[0]} ${state?.recent.length}`;
  if (news === last) return;
  last = news;
  if (state?.session) scored(state);
  else draw();
}

function scored(state: Debug): void {
  remember(state);
  if (Number.isNaN(micros)) setTimeout(measure, 300);
  draw();
}

function measure(): void {
  micros = inkling()?.measure?.(ROUNDS) ?? NaN;
  draw();
}

/** The scores of this visit, over all its pages. */
function remember(state: Debug): void {
  const fresh = state.recent.slice(shown).map(({ score }) => score).filter(Number.isFinite);
  shown = state.recent.length;
  const all = [...scores(), ...fresh].slice(-60);
  sessionStorage.setItem(PATH, JSON.stringify(all));
}

function scores(): number[] {
  return JSON.parse(sessionStorage.getItem(PATH) ?? "[]");
}

function draw(): void {
  const state = inkling()?.debug?.();
  const score = state?.session;
  card.className = `card ${open ? "open" : "closed"} ${score?.band ?? (state?.status === "off" ? "off" : "")}`;
  button.setAttribute("aria-expanded", String(open));
  root.querySelector(".brief")!.textContent = score ? percent(score.score) : (state?.code ?? "…");
  body.innerHTML = state && score ? scoreView(state, score) : silence(state);
}

function scoreView(state: Debug, score: { score: number; band: string }): string {
  const strongest = Math.max(...state.reasons.map((reason) => Math.abs(reason.contribution)), 0.01);
  const reasons = state.reasons.slice(0, REASONS).map(({ name, contribution }) => {
    const width = (Math.abs(contribution) / strongest) * 50;
    const side = contribution < 0 ? `right:50%` : `left:50%`;
    return `<li title="${escape(name)} ${contribution.toFixed(3)}"><span>${escape(words(name))}</span><span class="bar"><i class="${contribution < 0 ? "less" : ""}" style="${side};width:${width}%"></i></span></li>`;
  });
  const rows: [string, string][] = [
    ["Observe and score", Number.isNaN(micros) ? "…" : `${micros.toFixed(2)} µs per event`],
    ["Verified and ready", `${at(state, "ready") - at(state, "loading")} ms`],
    ["Model", state.modelVersion ?? ""],
  ];
  if (state.visitor) rows.unshift(["In the coming days", percent(state.visitor.score)]);
  if (state.code) rows.push(["Note", state.code]);
  return `<div class="score"><span class="big">${percent(score.score)}</span><span class="band">${score.band}</span></div>
    <p class="about">Chance that this visit ends in an application</p>${path(scores())}
    <ul>${reasons.join("")}</ul><dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${escape(value)}</dd>`).join("")}</dl>`;
}

/** Milliseconds from the loader's start to the last such step. */
function at(state: Debug, step: string): number {
  return state.steps.filter(([, what]) => what === step).at(-1)?.[0] ?? NaN;
}

function silence(state: Debug | undefined): string {
  if (!state?.code) return `<p class="about">Reading the signed release.</p>`;
  const why = SILENCES[state.code] ?? "Something in the release is not as it was signed, so nothing of it runs.";
  return `<div class="code"><strong>${escape(state.code)}</strong>No score. ${why}</div>`;
}

function percent(score: number): string {
  return `${(score * 100).toFixed(score < 0.0995 ? 1 : 0)} %`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
