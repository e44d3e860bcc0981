import type { Config } from "./config.ts";

/** Who and which session, as GA4's own cookies say; 0 is missing. */
export interface Identity {
  /** `ga_session_id`. */
  sessionId: number;
  sessionNumber: number;
  /** Microseconds UTC. The cookie knows whole seconds only. */
  firstTouch: number;
}

/** GA4's own cookies; where there are none, what Tag Manager had read, which is not renewed, written as they would have it. */
export function cookies({ ids }: Pick<Config, "ids">): string {
  const { cookie } = document;
  if (!ids || /(^|; )_ga=/.test(cookie)) return cookie;
  const sessions = (ids.sessions ?? []).map(
    (of) => `_ga_${String(of.measurement_id).replace(/^G-/, "")}=GS1.1.${of.session_id}.${of.session_number}.`,
  );
  return [`_ga=GA1.1.${ids.clientId}`, ...sessions].join("; ");
}

/**
 * Reads `_ga` (`GA1.1.<random>.<seconds>`) and `_ga_<stream>`, in both forms that GA4 has written:
 * `GS1.1.<session id>.<number>.…` and `GS2.1.s<session id>$o<number>$…`.
 */
export function identity(cookie: string, stream = ""): Identity {
  const name = stream.replace(/^G-/, "").replace(/\W/g, "") || "\\w+";
  const ga = /(?:^|; )_ga=GA\d\.\d+\.\d+\.(\d+)/.exec(cookie);
  const session = new RegExp(`(?:^|; )_ga_${name}=GS(?:1\\.\\d+\\.|2\\.\\d+\\.s)(\\d+)(?:\\.|\\$o)(\\d+)`).exec(cookie);
  return {
    sessionId: Number(session?.[1] ?? 0),
    sessionNumber: Number(session?.[2] ?? 0),
    firstTouch: Number(ga?.[1] ?? 0) * 1e6,
  };
}

/** A number from 0 to 99 that is a visitor's own, from the random part of GA4's client id. */
export function share(cookie: string): number | undefined {
  const random = /(?:^|; )_ga=GA\d\.\d+\.(\d+)\.\d+/.exec(cookie)?.[1];
  return random === undefined ? undefined : Number(random) % 100;
}
