import type { ConsentCommand } from "./consent.ts";

/** What one `dataLayer` entry asks for. */
export type Pushed =
  | { kind: "event"; name: string; params: Record<string, unknown> }
  | ({ kind: "consent" } & ConsentCommand)
  | { kind: "no-page-view" };

/**
 * Reads one entry of the `dataLayer`: the `arguments` of a `gtag()` call, or an object with an `event` key.
 * Google's own (`gtm.*`) and our own entries are nothing to us.
 */
export function pushed(entry: unknown): Pushed | undefined {
  if (!entry || typeof entry !== "object") return;
  const call = entry as ArrayLike<unknown>;
  const extra = (call[2] && typeof call[2] === "object" ? call[2] : {}) as Record<string, unknown>;
  if (call[0] === "event") return event(call[1], extra);
  if (call[0] === "consent" && typeof extra.analytics_storage === "string") {
    const update = call[1] === "update";
    const denied = extra.analytics_storage === "denied";
    return { kind: "consent", update, denied, regional: !update && !!extra.region, wait: Number(extra.wait_for_update) || 0 };
  }
  // Not those of Google Ads: GA4 goes on then.
  if (call[0] === "config" && extra.send_page_view === false && /^G/.test(call[1] as string)) return { kind: "no-page-view" };
  const { event: name, ...params } = entry as Record<string, unknown>;
  return event(name, params);
}

function event(name: unknown, params: Record<string, unknown>): Pushed | undefined {
  return typeof name === "string" && name && !/^(gtm\.|inkling_)/.test(name) ? { kind: "event", name, params } : undefined;
}
