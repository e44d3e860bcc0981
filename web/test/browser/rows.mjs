// An entry of the demo's own log as a row of the GA4 BigQuery export in JSON, where every number is a string.

const value = (of) => ({
  string_value: typeof of === "string" ? of : null,
  int_value: Number.isInteger(of) ? String(of) : null,
  float_value: null,
  double_value: typeof of === "number" && !Number.isInteger(of) ? String(of) : null,
});

/** `timeZone` is the property's; `device` what the browser calls itself. */
export function row(entry, { timeZone = "Europe/London", language = "en-US", category = "desktop" } = {}) {
  const { items = [], ...own } = entry.params;
  const query = new URL(entry.url).searchParams;
  const params = {
    ga_session_id: entry.session,
    ga_session_number: entry.number,
    page_location: entry.url,
    page_title: entry.title,
    ...(entry.referrer && { page_referrer: entry.referrer }),
    ...(query.has("utm_source") && { source: query.get("utm_source"), medium: query.get("utm_medium"), campaign: query.get("utm_campaign") }),
    ...(entry.engaged_ms && { engagement_time_msec: entry.engaged_ms }),
    session_engaged: entry.name === "user_engagement" ? 1 : "0",
    ...own,
  };
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(entry.time_ms).replaceAll("-", "");
  return {
    event_date: day,
    event_timestamp: String(entry.time_ms * 1000),
    event_name: entry.name,
    event_params: Object.entries(params).filter(([, of]) => of !== undefined).map(([key, of]) => ({ key, value: value(of) })),
    user_pseudo_id: entry.client,
    user_first_touch_timestamp: `${entry.client.split(".")[1]}000000`,
    privacy_info: { analytics_storage: "Yes", ads_storage: "No", uses_transient_token: "No" },
    user_properties: [],
    device: { category, language: language.toLowerCase(), operating_system: "Web", web_info: { browser: "Chrome", browser_version: "156.0" } },
    geo: { continent: "Europe", country: "United Kingdom" },
    traffic_source: { medium: "(none)", name: "(direct)", source: "(direct)" },
    stream_id: "4200000001",
    platform: "WEB",
    items: items.map((item) => ({ item_id: item.item_id, item_name: item.item_name, price: String(Number(item.price).toFixed(1)), quantity: null })),
  };
}
