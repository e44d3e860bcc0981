// The events that GA4's enhanced measurement makes, on a page with everything that makes them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { names, tagged } from "./tagged.mjs";

const site = await tagged();
after(() => site.close());
const more = { keep: 100 };

/** The events that `action` makes on a page with `body`, after those of the load. */
async function made(body, action, options = {}) {
  const { page, errors, context } = await site.open({ body, ...options, more: { ...more, ...options.more } });
  const before = (await names(page)).length;
  await action(page);
  const found = (await names(page)).slice(before);
  assert.deepEqual(errors, []);
  await context.close();
  return found;
}

/** Clicks without leaving the page: the default is prevented after every listener has run. */
const clicks = (selector) => (page) =>
  page.evaluate((selector) => {
    addEventListener("click", (click) => click.preventDefault());
    for (const link of document.querySelectorAll(selector)) link.click();
  }, selector);

test("links that lead away, and those that do not", async () => {
  const away = ["https://other.example/", "http://localhost.other.example/", "http://notlocalhost/", "mailto:a@b.example", "tel:+44"];
  const stay = ["/courses", "#top", "//localhost:1/", "https://www.localhost/", "http://news.localhost/", "http://a.1/", "javascript:void 0"];
  const links = (list) => list.map((href) => `<a href="${href}"><b>to</b></a>`).join("");
  const drawing = `<svg><a href="https://other.example/"><b>drawn</b></a></svg>`;
  for (const host of ["localhost", "www.localhost"]) {
    assert.deepEqual(await made(links(away), clicks("b"), { host }), away.map(() => "click"));
    assert.deepEqual(await made(`${links(stay)}${drawing}<a><b>no link</b></a><p><b>no link</b></p>`, clicks("b"), { host }), []);
  }
});

test("links to the site's other domains do not lead away", async () => {
  const links = ["https://apply.example/", "https://www.apply.example/a", "https://notapply.example/", "https://apply.example.other/"];
  const body = links.map((href) => `<a href="${href}"><b>to</b></a>`).join("");
  assert.equal((await made(body, clicks("b"))).length, 4);
  assert.equal((await made(body, clicks("b"), { more: { domains: ["other.example", "apply.example"] } })).length, 2);
});

test("files by GA4's list of extensions; one on another site is both", async () => {
  const all = "pdf xls xlsx doc docx txt rtf csv exe key pps ppt pptx 7z pkg rar gz zip avi mov mp4 mpg mpeg wmv mid midi mp3 wav wma".split(" ");
  const body = all.map((end) => `<a href="/files/a.b.${end}">x</a>`).join("");
  assert.deepEqual(await made(body, clicks("a")), all.map(() => "file_download"));
  const others = ["/a.html", "/pdf", "/a.pdfx", "/a?file=a.pdf", "/a.pdf.sig"].map((href) => `<a href="${href}">x</a>`).join("");
  assert.deepEqual(await made(others, clicks("a")), []);
  assert.deepEqual(await made(`<a href="https://other.example/A.PDF?x#y">x</a>`, clicks("a")), ["file_download", "click"]);
});

test("a click that a script of the page took is none", async () => {
  const body = `<a href="https://other.example/a.pdf" onclick="event.preventDefault()">x</a>`;
  assert.deepEqual(await made(body, (page) => page.click("a")), []);
});

test("a search of the site: once, as the page loads, by the parameters that the site names", async () => {
  const load = async (path, search) => {
    const { page, context } = await site.open({ more: { ...more, ...(search && { search }) }, path });
    await page.evaluate(() => history.pushState({}, "", "?q=again"));
    const found = await names(page);
    await context.close();
    return found;
  };
  for (const name of ["q", "s", "search", "query", "keyword"]) {
    assert.deepEqual(await load(`/?a=1&${name}=rooms`), ["page_view", "view_search_results", "page_view"]);
  }
  assert.deepEqual(await load("/?Q=rooms&qq=1"), ["page_view", "page_view"]);
  assert.deepEqual(await load("/?term=rooms", ["term"]), ["page_view", "view_search_results", "page_view"]);
  assert.deepEqual(await load("/?q=rooms", ["term"]), ["page_view", "page_view"]);
});

const form = (id, more = "") => `<form id="${id}" ${more} target="frame"><input name="id" value=""><input name="a"><button>Send</button></form>`;
const frame = `<iframe name="frame"></iframe>`;

test("a form begins with its first change, once by its id, and is sent if no script sends it", async () => {
  const fill = async (page) => {
    for (const text of ["x", "y"]) {
      await page.fill("#one [name=a]", text);
      await page.press("#one [name=a]", "Tab");
    }
    await page.fill("#two [name=a]", "z");
    await page.click("#one button");
  };
  assert.deepEqual(await made(form("one") + form("two") + frame, fill), ["form_start", "form_start", "form_submit"]);
});

test("a form that is sent untouched begins then; one that a script sends is not sent", async () => {
  assert.deepEqual(await made(form("one") + frame, (page) => page.click("#one button")), ["form_start", "form_submit"]);
  assert.deepEqual(await made(form("one", `onsubmit="event.preventDefault()"`), (page) => page.click("#one button")), []);
});

test("videos of YouTube that speak to the page: start, 10, 25, 50 and 75 %, end", async () => {
  const player = `<script>
    const say = (event, info) => parent.postMessage(JSON.stringify({ event, info, id: 1, channel: "widget" }), "*");
    say("onReady", null);
    say("initialDelivery", { duration: 200, currentTime: 0, playerState: 5 });
    say("onStateChange", 1);
    for (const currentTime of [1, 19, 21, 22, 60, 101, 102]) say("infoDelivery", { currentTime });
    say("onStateChange", 2); say("onStateChange", 1);
    for (const currentTime of [160, 200]) say("infoDelivery", { currentTime });
    say("infoDelivery", { playerState: 0 }); say("onStateChange", 1);
    parent.postMessage("no JSON", "*"); parent.postMessage(null, "*");
  </script>`;
  const route = (page) => page.route("https://www.youtube.com/**", (route) => route.fulfill({ contentType: "text/html", body: player }));
  const play = async (page) => {
    await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", `<iframe src="https://www.youtube.com/embed/x?enablejsapi=1"></iframe>`));
    await page.waitForFunction(() => window.inkling.debug().recent.some(({ strings }) => strings[0] === "video_complete"));
  };
  const progress = Array.from({ length: 4 }, () => "video_progress");
  assert.deepEqual(await made("", play, { before: route }), ["video_start", ...progress, "video_complete"]);
  const pretend = (page) => page.evaluate(() => postMessage(JSON.stringify({ event: "onStateChange", info: 1 }), "*"));
  assert.deepEqual(await made("", pretend), [], "a message from elsewhere is no video");
});

test("scroll at 90 %, once a page", async () => {
  const down = async (page) => {
    await page.mouse.wheel(0, 3000);
    await page.waitForFunction(() => scrollY > 0);
    assert.deepEqual((await names(page)).filter((name) => name === "scroll"), []);
    for (const top of [0, 1e6, 0, 1e6]) {
      await page.evaluate((top) => scrollTo(0, top), top);
      await page.waitForTimeout(100);
    }
  };
  assert.deepEqual(await made(`<div style="height:20000px"></div>`, down), ["scroll"]);
});

test("what the page sends by itself is counted beside the automatic event, as GA4 counts it", async () => {
  const body = `<script>function gtag(){dataLayer.push(arguments)}</script><a href="/a.pdf" onclick="gtag('event','file_download',{})">x</a>`;
  assert.deepEqual(await made(body, clicks("a")), ["file_download", "file_download"]);
});

test("what the site has switched off in GA4 is not made", async () => {
  const body = `<a href="https://other.example/a.pdf">x</a>${form("one")}${frame}`;
  const act = async (page) => {
    await page.click("#one button");
    await clicks("a")(page);
  };
  assert.deepEqual(await made(body, act, { more: { off: ["click", "form_start"] } }), ["form_submit", "file_download"]);
});

test("engaged time counts while the page is visible and has the focus", async () => {
  const { page, context } = await site.open({ more });
  await page.evaluate(() => {
    window.focused = true;
    document.hasFocus = () => window.focused;
    window.attend = (focused) => {
      window.focused = focused;
      dispatchEvent(new Event(focused ? "focus" : "blur"));
    };
  });
  const engaged = (name) => page.evaluate((name) => {
    window.inkling("event", name);
    return window.inkling.debug().recent.at(-1).numbers[4];
  }, name);
  await engaged("begin");
  await page.waitForTimeout(300);
  const attended = await engaged("attended");
  assert.ok(attended >= 290 && attended < 900, `${attended}`);
  await page.evaluate(() => window.attend(false));
  await engaged("left");
  await page.waitForTimeout(300);
  assert.ok((await engaged("away")) < 5);
  await page.evaluate(() => window.attend(true));
  await page.waitForTimeout(200);
  assert.ok((await engaged("back")) >= 190);
  await context.close();
});
