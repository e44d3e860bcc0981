import { device } from "./device.ts";
import { identity } from "./identity.ts";
import type { Input } from "./input.ts";
import { pushed } from "./pushed.ts";
import { toInput } from "./to-input.ts";
import { zone } from "./zone.ts";

/** `tests/fixtures/mapping/<case>/push.json`: what the page pushed, and the browser it did so in. */
export interface PushCase {
  /** One `dataLayer` entry: the arguments of a gtag() call as an array, or an object with `event`. */
  push: unknown;
  time_ms: number;
  engaged_ms: number;
  page_location: string;
  page_referrer: string;
  cookie: string;
  stream: string;
  user_agent: string;
  language: string;
  time_zone: string;
}

/** What the tag would hand to `inkling_observe`, by the tag's own code; `undefined` for an entry it ignores. */
export function mapping(page: PushCase): Input | undefined {
  const read = pushed(page.push);
  if (read?.kind !== "event") return;
  return toInput({
    name: read.name,
    params: read.params,
    time: page.time_ms,
    url: page.page_location,
    referrer: page.page_referrer,
    engaged: page.engaged_ms,
    identity: identity(page.cookie, page.stream),
    utcOffset: zone(page.time_zone)(page.time_ms),
    device: device(page.user_agent),
    language: page.language,
  });
}
