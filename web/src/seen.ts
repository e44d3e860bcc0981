const KEY = "inkling_release";

/**
 * The newest release that this browser has seen, so that an older one is noticed: version of the root, timestamp and
 * snapshot. Who writes to the storage can take this protection away, but make nothing trusted: roots always come from
 * the pinned one, and the documents are checked again. Without consent any more (not `active`) it is left alone.
 */
export class Seen {
  #active: () => boolean;

  constructor(active: () => boolean) {
    this.#active = active;
  }

  load(): { root: number; timestamp: string; snapshot: string } | undefined {
    if (!this.#active()) return;
    try {
      const [root, timestamp, snapshot] = JSON.parse(localStorage.getItem(KEY) ?? "");
      return { root, timestamp, snapshot };
    } catch {
      return;
    }
  }

  keep(root: number, [timestamp, snapshot]: [string, string]): void {
    if (!this.#active()) return;
    try {
      const text = JSON.stringify([root, timestamp, snapshot]);
      if (localStorage.getItem(KEY) !== text) localStorage.setItem(KEY, text);
    } catch {
      // Without storage the expiry alone bounds how old a release can be.
    }
  }
}
