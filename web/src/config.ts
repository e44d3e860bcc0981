/** What the page says in `window.inkling` before the loader runs. */
export interface Config {
  /** Public key of the releases: 32 raw bytes in standard base64. */
  key: string;
  /** Releases for any other site or environment are refused. */
  site: string;
  environment: string;
  /** Where `release.json` lies; ends with a slash. */
  base: string;
  /** GA4 stream (`G-ABC123` or `ABC123`), needed only where a site has more than one. */
  stream?: string;
  /** `false`: the page sends every page_view itself. */
  pageViews?: boolean;
  /** Keep this many recent events for `debug()`; 0, the default, keeps none. */
  keep?: number;
}
