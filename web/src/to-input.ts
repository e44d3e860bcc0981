import type { Input } from "./input.ts";
import type { PageEvent } from "./page-event.ts";

/**
 * The one mapping from what a page pushed to what the scorer observes. It must give what the export row of the same
 * event gives in the warehouse (`tests/fixtures/mapping`), so it keeps GA4's own limits: names of 40 characters,
 * locations of 1,000, referrers of 420, language in lower case.
 */
export function toInput(event: PageEvent): Input {
  const { name, params, identity } = event;
  const url = text(params.page_location) || event.url;
  const campaign = query(url);
  const items = list(params.items) ?? list((params.ecommerce as { items?: unknown } | undefined)?.items) ?? [];
  const engaged = number(params.engagement_time_msec) || event.engaged;
  return {
    strings: [
      clean(name, 40),
      clean(url, 1000),
      clean(text(params.page_referrer) || event.referrer, 420),
      clean(campaign.get("utm_source") ?? "", 100),
      clean(campaign.get("utm_medium") ?? "", 100),
      event.device,
      clean(event.language.toLowerCase(), 35),
    ],
    numbers: [
      Math.round(event.time) * 1000,
      event.utcOffset,
      identity.sessionId,
      identity.sessionNumber,
      Math.round(engaged),
      items.length,
      Math.max(0, ...items.map((item) => number((item as { price?: unknown } | null)?.price))),
      identity.firstTouch,
    ],
  };
}

/** The scorer's fields are joined by line feeds, so none may hold one. */
function clean(value: string, limit: number): string {
  return value.replace(/[\n\r]/g, " ").slice(0, limit);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  const result = typeof value === "string" || typeof value === "number" ? Number(value) : 0;
  return Number.isFinite(result) && result > 0 ? result : 0;
}

function list(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function query(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1).split("#")[0]);
}
