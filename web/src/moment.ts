import type { PageEvent } from "./page-event.ts";

/** What is known of an event the moment it happens; identity and zone are added when it is scored. */
export type Moment = Pick<PageEvent, "name" | "params" | "time" | "url" | "referrer" | "engaged">;
