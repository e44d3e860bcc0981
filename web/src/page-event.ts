import type { Identity } from "./identity.ts";

/** An event as the page made it, with all that the moment adds to it. */
export interface PageEvent {
  name: string;
  params: Record<string, unknown>;
  /** Milliseconds UTC. */
  time: number;
  url: string;
  referrer: string;
  /** Engaged milliseconds since the event before. */
  engaged: number;
  identity: Identity;
  /** Seconds east of UTC in the property's time zone. */
  utcOffset: number;
  device: string;
  language: string;
}
