import type { Code } from "./codes.ts";

/** The only error the loader raises itself; it carries the code that the page shows. */
export class Refused extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(code);
    this.code = code;
  }
}

export function demand(holds: unknown, code: Code = "release-malformed"): asserts holds {
  if (!holds) throw new Refused(code);
}
