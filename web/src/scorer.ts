import type { Input } from "./input.ts";
import { pause } from "./pause.ts";
import { Refused } from "./refused.ts";

/** The raw exports of the scorer; it imports nothing. */
export interface Exports {
  memory: { buffer: ArrayBuffer };
  inkling_input(): number;
  inkling_output(): number;
  inkling_alloc(length: number): number;
  inkling_load(at: number, length: number): number;
  inkling_observe(
    length: number,
    timeUs: number,
    utcOffsetS: number,
    sessionId: number,
    sessionNumber: number,
    engagedMs: number,
    items: number,
    price: number,
    firstTouchUs: number,
  ): number;
  inkling_score(target: number): number;
  inkling_band(target: number, score: number): number;
  inkling_reasons(target: number, k: number): number;
  inkling_save(): number;
  inkling_restore(length: number): number;
  inkling_reset(): void;
  inkling_info(what: number): number;
}

/** What is predicted: a conversion later in this session, or by this visitor in the coming days. */
export type Target = "session" | "visitor";

export interface Reason {
  name: string;
  /** Log-odds that this feature adds to the score. */
  contribution: number;
}

type Numbers = [number, number, number, number, number, number, number, number];

const BUFFER = 16_384;
const MALFORMED = 10;
const TARGETS: Target[] = ["session", "visitor"];
export const BANDS = ["low", "medium", "high"];

/** The WebAssembly scorer with one visitor in it. Give it only bytes that `verify` returned. */
export class Scorer {
  #wasm: Exports;
  #input: Uint8Array = new Uint8Array(0);
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();

  private constructor(wasm: Exports) {
    this.#wasm = wasm;
  }

  /**
   * Throws `Refused` with `wasm-refused` or `bundle-refused`. `otherwise` gives the same exports where the browser does
   * not run WebAssembly.
   */
  static async load(wasm: Uint8Array<ArrayBuffer>, bundle: Uint8Array, otherwise?: () => Promise<Exports>): Promise<Scorer> {
    let exports: Exports;
    try {
      exports = (await WebAssembly.instantiate(wasm, {})).instance.exports as unknown as Exports;
    } catch {
      exports = await (otherwise?.() ?? Promise.reject()).catch(() => {
        throw new Refused("wasm-refused");
      });
    }
    const scorer = new Scorer(exports);
    if (!scorer.#load(bundle)) throw new Refused("bundle-refused");
    for (let part = 0; part < 4; part++) {
      await pause();
      scorer.#warmUp();
    }
    await pause();
    return scorer;
  }

  #load(bundle: Uint8Array): boolean {
    try {
      const at = this.#wasm.inkling_alloc(bundle.length);
      if (!at) return false;
      this.#bytes(at, bundle.length).set(bundle);
      return this.#wasm.inkling_load(at, bundle.length) === 0;
    } catch {
      return false;
    }
  }

  /** Browsers compile a function when it is first called, and better when it is called often: here, so that the first
   * events do not wait for it; in parts, so that the page does not either. */
  #warmUp(): void {
    for (let round = 1; round <= 8; round++) {
      const page = `https://a.example/${round}?utm_source=a`;
      this.observe({ strings: ["page_view", page, page, "", "", "mobile", "en"], numbers: [1e6 * round, 0, 0, 0, 0, 0, 0, 0] });
      this.score("session");
    }
    this.reset();
  }

  /** 0, or the scorer's error code. */
  observe({ strings, numbers }: Input): number {
    const length = this.#write(strings.join("\n"));
    if (length < 0) return MALFORMED;
    // By index: spreading or destructuring an array costs more than the scorer's own work.
    const n = numbers as Numbers;
    return this.#wasm.inkling_observe(length, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
  }

  /** Probability at the moment of the last event, or NaN. */
  score(target: Target): number {
    return this.#wasm.inkling_score(target === "session" ? 0 : 1);
  }

  /** Puts text into the input buffer as UTF-8; the bytes written, or -1 when it does not fit. */
  #write(text: string): number {
    if (this.#input.buffer !== this.#wasm.memory.buffer) this.#input = this.#bytes(this.#wasm.inkling_input(), BUFFER);
    const { read, written } = this.#encoder.encodeInto(text, this.#input);
    return read < text.length ? -1 : written;
  }

  /** The band as a number: 0 is low. */
  level(target: Target, score: number): number {
    return this.#wasm.inkling_band(TARGETS.indexOf(target), score);
  }

  band(target: Target, score: number): string {
    return BANDS[this.level(target, score)] ?? "";
  }

  /** The `k` strongest contributions to the last score, strongest first. */
  reasons(target: Target, k: number): Reason[] {
    const bytes = this.#output(this.#wasm.inkling_reasons(TARGETS.indexOf(target), k));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const reasons: Reason[] = [];
    for (let at = 0; at + 9 <= bytes.length; ) {
      const end = at + 9 + view.getUint8(at + 8);
      reasons.push({ contribution: view.getFloat64(at, true), name: this.#decoder.decode(bytes.subarray(at + 9, end)) });
      at = end;
    }
    return reasons;
  }

  /** The visitor's state, to be given to `restore` on another page. */
  save(): Uint8Array {
    return this.#output(this.#wasm.inkling_save()).slice();
  }

  /** 0, or an error code: then the visitor is empty. */
  restore(state: Uint8Array): number {
    const fits = state.length <= BUFFER;
    if (fits) this.#bytes(this.#wasm.inkling_input(), BUFFER).set(state);
    return this.#wasm.inkling_restore(fits ? state.length : 0);
  }

  /** Starts with a visitor of whom nothing is known. */
  reset(): void {
    this.#wasm.inkling_reset();
  }

  /** IANA name of the property's time zone. */
  timeZone(): string {
    return this.info(1);
  }

  /** 0: the model's version, 1: the time zone, 2: name of the site profile. */
  info(what: 0 | 1 | 2): string {
    return this.#decoder.decode(this.#output(this.#wasm.inkling_info(what)));
  }

  #output(length: number): Uint8Array {
    return this.#bytes(this.#wasm.inkling_output(), Math.max(0, Math.min(length, BUFFER)));
  }

  /** A view made anew each time, because memory that grows leaves older views empty. */
  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, at, length);
  }
}
