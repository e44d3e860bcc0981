// Pages with the tag and a small release: what the tests of the tag's behaviour share.
import { Authority, makeRelease } from "../release.mjs";
import { standIn } from "../stand-in.mjs";
import { launch, settled } from "./browser.mjs";
import { origins, pageOf } from "./origins.mjs";

/** One Chromium, three origins and a release of the stand-in scorer: its score is n / (n + 6) after n events. */
export async function tagged() {
  const [browser, world] = [await launch({ site: false }), await origins()];
  const authority = new Authority();
  world.files.current = makeRelease(authority, { stable: { bundle: Buffer.from("INKL a small bundle"), scorer: Buffer.from(standIn()) } });
  const settings = { root: authority.pin, site: "northgate-university", environment: "prod", base: `${world.bucket.url}/release/` };
  const markup = (more, head = "", body = "") => pageOf({ ...settings, ...more }, head) + body;
  return {
    browser,
    world,
    markup,
    /** A new visitor on a page with the tag; `head` runs before it, `body` follows, `before` prepares the page. */
    async open({ more, head, body, before, path = "/", host = "127.0.0.1", settle = true } = {}) {
      world.page.html = markup(more, head, body);
      const visitor = await browser.visitor();
      await before?.(visitor.page);
      await visitor.page.goto(world.site.url.replace("127.0.0.1", host) + path);
      if (settle) await settled(visitor.page);
      return visitor;
    },
    close: () => Promise.all([browser.close(), world.close()]),
  };
}

/** Names of the events that were scored; the page needs `keep`. */
export const names = (page) => page.evaluate(() => window.inkling.debug().recent.map(({ strings }) => strings[0]));

/** What the tag told the `dataLayer`. */
export const told = (page) => page.evaluate(() => window.dataLayer.filter(({ event }) => /^inkling_/.test(event)));

/** GA4's cookies, as gtag would have set them. */
export const COOKIES = `<script>document.cookie = "_ga=GA1.1.99120417.1793000000"; document.cookie = "_ga_DEMO=GS2.1.s1795447700$o3$g1$t1795447801$j60$l0$h0"</script>`;
