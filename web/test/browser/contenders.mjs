// What is measured, in Node and as text in a page: nothing here refers to anything outside its function.

/** m2cgen's code scores rows. Times in milliseconds. */
export async function m2cgen({ code, rows, width, singles, group }) {
  const row = (at) => Array.from(rows.subarray(at * width, (at + 1) * width));
  const start = performance.now();
  const score = new Function(`${code}; return score`)();
  const ready = performance.now() - start;
  const [first, calls] = [[], []];
  for (const input of Array.from({ length: 20 }, (_, at) => row(at * 997))) {
    const before = performance.now();
    score(input);
    first.push(performance.now() - before);
  }
  const count = rows.length / width;
  let seed = 1;
  for (let at = 0; at < singles / group; at++) {
    const inputs = Array.from({ length: group }, () => row((seed = (seed * 48271) % 2147483647) % count));
    const before = performance.now();
    for (const input of inputs) score(input);
    calls.push((performance.now() - before) / group);
  }
  return { ready, first, calls: calls.slice(calls.length >> 1) };
}

/** Inkling's scorer takes events: each call is one `observe` and one `score`. */
export async function inkling({ module, wasm, bundle, visits, singles, group }) {
  const { Scorer } = module;
  const events = visits.flatMap((visit) => visit.events.map(({ strings, numbers }, at) => ({ fresh: at === 0, input: { strings, numbers: numbers.map((n) => n ?? NaN) } })));
  const start = performance.now();
  const scorer = await Scorer.load(wasm, bundle);
  const ready = performance.now() - start;
  const [first, calls] = [[], []];
  for (const { input } of events.slice(0, 20)) {
    const before = performance.now();
    scorer.observe(input);
    scorer.score("session");
    first.push(performance.now() - before);
  }
  let at = 0;
  let sum = 0;
  while (calls.length < singles / group) {
    const before = performance.now();
    for (let n = 0; n < group; n++) {
      const { fresh, input } = events[at++ % events.length];
      if (fresh) scorer.reset();
      scorer.observe(input);
      sum += scorer.score("session");
    }
    calls.push((performance.now() - before) / group);
  }
  if (!Number.isFinite(sum)) throw new Error("an event without a score");
  return { ready, first, calls: calls.slice(calls.length >> 1) };
}

/** Times of one start; calls in microseconds. */
export function summary({ ready, first, calls }) {
  const sorted = calls.sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(sorted.length * share)] * 1000;
  return {
    ready_ms: ready,
    start_to_first_score_ms: ready + first[0],
    first_us: first.map((ms) => ms * 1000),
    warm_p50_us: at(0.5),
    warm_p95_us: at(0.95),
  };
}
