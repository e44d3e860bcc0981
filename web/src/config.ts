/** What the page says with `inkling("init", …)`. */
export interface Config {
  /** SHA-256 of a root of the releases, hexadecimal: trust begins there. */
  root: string;
  /** Releases for any other site or environment are refused. */
  site: string;
  environment: string;
  /** Where `release.json` lies; ends with a slash. */
  base: string;
  /** Where the files of releases lie, `targets/`, if not there; ends with a slash. */
  files?: string;
  /**
   * The host there sends the files with signatures, as `inkling serve` does: a browser that knows them (Chromium from 141
   * on) checks them by itself, before the tag does.
   */
  signed?: boolean;
  /** `stable` or `canary`; without it a stable share of the visitors gets the canary. */
  channel?: string;
  /** GA4 stream (`G-ABC123` or `ABC123`), needed only where a site has more than one. */
  stream?: string;
  /** `false`: the page sends every page_view itself. */
  pageViews?: boolean;
  /** Client and sessions as Tag Manager's `readAnalyticsStorage` gives them, in the place of GA4's cookies. */
  ids?: { clientId?: string; sessions?: { measurement_id?: string; session_id?: string | number; session_number?: string | number }[] };
  /** A score without consent, made in memory only: nothing of the device is read, nothing written. Off by default. */
  memory?: boolean;
  /** Names of the parameters that hold a search on the site; GA4's own by default. */
  search?: string[];
  /** Other domains of the site, as in GA4's list for cross-domain measurement: links to them do not lead away. */
  domains?: string[];
  /** Automatic events that the site has switched off in GA4, such as `form_start`. */
  off?: string[];
  /** Keep this many recent events, and let `debug()` show them and exact scores to every script of the page; 0 by default. */
  keep?: number;
}
