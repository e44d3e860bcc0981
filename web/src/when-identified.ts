import type { Config } from "./config.ts";
import { cookies, identity } from "./identity.ts";

const STEP_MS = 50;
const LIMIT_MS = 2000;

/**
 * Waits for GA4's session cookie, which gtag.js may write after us: an event scored without it would open a session
 * of its own. A page without the cookie goes on without it; one that is not `active` any more looks no further.
 */
export async function whenIdentified(config: Config, active: () => boolean): Promise<void> {
  for (let waited = 0; waited < LIMIT_MS && active() && !identity(cookies(config), config.stream).sessionId; waited += STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
