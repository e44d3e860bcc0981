import { needsOf, needsOfQuery } from "./needs.mjs";

export class Denied extends Error {}

/** Lets a call pass if the permissions allow it, and remembers which parts of them were used. */
export class Gate {
  used = new Set();
  #permissions;

  constructor(permissions) {
    this.#permissions = permissions;
  }

  /** Throws when the call is not allowed. `counts`: the template made it, not the scenario. */
  pass(api, args, counts) {
    for (const need of needsOf(api, args)) {
      if (!this.#grant(need, counts)) {
        const missing = this.#permissions.some((p) => p.id === need.id) ? `${need.id} does not cover ${need.text}` : `no permission ${need.id}`;
        throw new Denied(`${api}: ${missing}`);
      }
    }
  }

  /** A mocked call passes in any case; what would have allowed it counts as used. */
  note(api, args) {
    for (const need of needsOf(api, args)) this.#grant(need, true);
  }

  query(id, ...args) {
    return needsOfQuery(id, ...args).every((need) => this.#grant(need, true));
  }

  #grant(need, counts) {
    for (const { id, params } of this.#permissions.filter((p) => p.id === need.id)) {
      const paths = need.grant(params);
      if (!paths) continue;
      if (counts) for (const path of ["", ...paths]) this.used.add(path ? `${id}/${path}` : id);
      return true;
    }
    return false;
  }
}
