/** Feature names as people say them; a name the tables do not know is read out as it stands. */

const SINGLE: Record<string, string> = {
  "session.events": "things done in this visit",
  "session.page_views": "pages seen",
  "session.distinct_pages": "different pages seen",
  "session.repeat_views": "pages seen again",
  "session.engaged_ms": "time spent reading",
  "session.engaged_ms_per_page": "reading time per page",
  "session.scrolls": "pages read to the end",
  "session.items": "courses looked at",
  "session.max_price": "highest fee looked at",
  "session.funnel_step": "how far this visit has come",
  "session.seconds": "length of this visit",
  "session.seconds_per_page": "pace from page to page",
  "session.seconds_since_page_view": "time on this page",
  "session.entry_group": "page of arrival",
  "session.page_group": "the page just now",
  "session.previous_page_group": "the page before",
  "session.channel": "where the visit came from",
  "session.external_referrer": "came from another site",
  "session.number": "number of visits",
  "session.device": "kind of device",
  "session.language": "browser language",
  "visitor.seconds_since_event": "time since the last click",
  "visitor.seconds_since_first_touch": "time since the very first visit",
  "visitor.seconds_since_last_session": "time since the last visit",
  "visitor.seconds_since_conversion": "time since the last application",
  "visitor.conversions": "applications before",
  "visitor.active_days": "days with a visit",
  "visitor.funnel_step": "how far any visit has come",
  "visitor.past_channel": "where an earlier visit came from",
  "moment.hour": "hour of the day",
  "moment.weekday": "day of the week",
};

const COUNTED: Record<string, string> = {
  page_view: "pages",
  view_item: "course details",
  view_search_results: "searches",
  select_content: "comparisons",
  file_download: "brochures",
  video_start: "films",
  generate_lead: "prospectus requests",
  sign_up: "open day bookings",
  form_start: "forms begun",
  application_start: "applications begun",
  application_submit: "applications sent",
  user_engagement: "moments of attention",
  session_start: "visits",
  sessions: "visits",
  page_views: "pages",
  engaged_seconds: "reading time",
  items: "courses",
};

export function words(name: string): string {
  const single = SINGLE[name];
  if (single) return single;
  const [, count] = /^session\.count\.(.+)$/.exec(name) ?? [];
  if (count) return `${counted(count)} in this visit`;
  const [, since] = /^session\.seconds_since\.(.+)$/.exec(name) ?? [];
  if (since) return `time since: ${counted(since)}`;
  const [, window, past] = /^past\.(\w+)\.(.+)$/.exec(name) ?? [];
  if (window && past) return `${counted(past)}, ${days(window)}`;
  return plain(name);
}

function counted(counter: string): string {
  const [, kind, word = counter] = /^(event|page)\.(.+)$/.exec(counter) ?? [];
  return kind === "page" ? `${plain(word)} pages` : (COUNTED[word] ?? plain(word));
}

function days(window: string): string {
  const count = Number(/^days(\d+)$/.exec(window)?.[1]);
  if (!count) return "earlier visits";
  return count === 1 ? "earlier today" : `last ${count} days`;
}

function plain(name: string): string {
  return name.replace(/[._]+/g, " ");
}
