import { video } from "./video.ts";

type On = (type: string, listener: (event: any) => void) => void;

/** What GA4 takes for a file, by the last extension of the path. */
const FILE =
  /\.(pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|t|tx)|7z|pkg|rar|gz|zip|avi|mov|mp4|mpe?g|wmv|midi?|mp3|wav|wma)(\/[^.]*)?$/i;

/**
 * The rest of GA4's enhanced measurement, by gtag's own rules: a search once as the page loads; files and links that
 * lead away, but not where a script took the click; the first change in each form by its id; a form that is sent, but
 * not where a script sends it; videos. Names only: nothing that scores reads what else GA4 says with these events.
 */
export function autoEvents(
  event: (name: string) => void,
  on: On,
  search = ["q", "s", "search", "query", "keyword"],
  domains: string[] = [],
): void {
  const query = new URLSearchParams(location.search);
  if (search.some((name) => query.has(name))) event("view_search_results");

  // `www.` is not part of a site's name, and what ends with the name belongs to the site.
  const sites = [location.hostname.replace(/^www\d*\./, ""), ...domains];
  on("click", ({ target, defaultPrevented }) => {
    const link = target.closest("a[href],area[href]");
    // No address, none that can be read, or no address at all but a script.
    if (defaultPrevented || [undefined, ":", "javascript:"].includes(link.protocol)) return;
    if (FILE.test(link.pathname)) event("file_download");
    if (!sites.some((name) => `.${link.hostname}`.endsWith("." + name))) event("click");
  });

  const begun = new Set<string | null>();
  const begin = (form: Element | null) => {
    const id = form && form.getAttribute("id");
    if (!form || begun.has(id)) return;
    begun.add(id);
    event("form_start");
  };
  on("change", ({ target }) => begin(target.form));
  on("submit", ({ target, defaultPrevented }) => {
    if (defaultPrevented) return;
    begin(target);
    event("form_submit");
  });
  video(event, on);
}
