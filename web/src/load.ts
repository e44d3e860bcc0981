import type { Config } from "./config.ts";
import { fallback } from "./fallback.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import { cookies, share } from "./identity.ts";
import { type Exports, Scorer } from "./scorer.ts";
import { Seen } from "./seen.ts";
import { verify } from "./verify.ts";
import { whenIdentified } from "./when-identified.ts";

/**
 * The scorer of the newest release, verified and with the model in it, and what may be told of the release. Consent may
 * be taken back at any moment: what is not `active` any more reads, writes and asks for nothing, and has no result.
 */
export async function load(config: Config, now: number, memory: boolean, active: () => boolean, note: (what: string) => void) {
  const get: typeof fetchBytes = (...asked) => (active() ? fetchBytes(...asked) : Promise.reject());
  const identified = memory || whenIdentified(config, active);
  const visitor = memory ? {} : { share: async () => (await identified, share(cookies(config))), seen: new Seen(active) };
  const release = await verify(config, now, visitor, get);
  await identified;
  if (!active()) return;
  note("verified");
  const { bundle, scorer: code, fallback: script, version, ...named } = release;
  const scorer = await Scorer.load(code, bundle, script && (() => fallback<Exports>(script)));
  return active() ? { scorer, about: { ...named, releaseVersion: version } } : undefined;
}
