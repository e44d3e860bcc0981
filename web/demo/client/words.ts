/** Feature names as people say them. Names the table does not know are read out with spaces for underscores. */
const PHRASES: [RegExp, string][] = [
  [/utc|offset/, "time zone"],
  [/hour/, "hour of the day"],
  [/(day_of_week|weekday|dow)/, "day of the week"],
  [/(device)/, "kind of device"],
  [/(language|lang)/, "browser language"],
  [/(channel)/, "how this visit came about"],
  [/(referr?er|referral)/, "coming from another site"],
  [/(entry|landing)/, "page of arrival"],
  [/(funnel|step).*(ever|past|history)/, "how far earlier visits went"],
  [/(funnel|step)/, "how far this visit has come"],
  [/(price)/, "fee of the courses seen"],
  [/(items)/, "courses seen"],
  [/(engage)/, "time spent reading"],
  [/(scroll)/, "reading to the end"],
  [/(distinct|unique).*page/, "different pages seen"],
  [/(active_days|days_active)/, "days with a visit"],
  [/(session_number|sessions?_(count|n)|n_sessions)/, "number of visits"],
  [/(since|seconds|recency).*(first_touch|first)/, "time since the first visit ever"],
  [/(since|seconds|recency).*(last_session|prev_session|session_end)/, "time since the last visit"],
  [/(since|seconds|recency).*(session_start|start)/, "time into this visit"],
  [/(since|seconds|recency).*(last_page|page_view|last_event)/, "time on the last page"],
  [/(page_?views?|pages)/, "pages seen"],
];

const WORDS: Record<string, string> = {
  application_start: "application started",
  application_submit: "application sent",
  generate_lead: "prospectus requested",
  sign_up: "open day booked",
  form_start: "form begun",
  file_download: "brochure downloaded",
  video_start: "film played",
  select_content: "courses compared",
  view_item: "course pages",
  view_search_results: "searches",
  apply: "application pages",
  fees: "fees page",
  courses: "course pages",
  prospectus: "prospectus page",
  open_day: "open day page",
};

export function words(name: string): string {
  const lower = name.toLowerCase();
  const known = Object.keys(WORDS).find((word) => lower.includes(word));
  const when = /(past|decay|prior|history|earlier|bucket|last_\d+|_\d+d$)/.test(lower) ? ", earlier visits" : "";
  if (known) return WORDS[known] + when;
  const phrase = PHRASES.find(([pattern]) => pattern.test(lower));
  return (phrase?.[1] ?? lower.replace(/[._:]+/g, " ")) + when;
}
