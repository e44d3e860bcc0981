// Stands in for gtag.js on the demo site: the same cookies, the same automatic events, and a log of what GA4 would have
// been sent (window.demoLog()). It shares no code with the tag, so that the log can be compared with what the tag saw.
(function () {
  "use strict";
  var LOG = "northgate_log", CONSENT = "northgate_consent", STREAM = "_ga_DEMO", HALF_HOUR = 1800;
  var layer = (window.dataLayer = window.dataLayer || []);
  var denied = stored(CONSENT) === "denied";
  var engagedSince = document.visibilityState === "visible" ? performance.now() : null;
  var engagedSum = 0;
  var page = { url: location.href, referrer: document.referrer, scrolled: false };

  window.gtag = function () {
    if (arguments[0] === "event") hit(arguments[1], arguments[2] || {});
    if (arguments[0] === "consent" && arguments[1] === "update") denied = arguments[2].analytics_storage === "denied";
    layer.push(arguments);
  };
  window.demoLog = function () { return JSON.parse(stored(LOG) || "[]"); };
  window.demoConsent = function (granted) {
    if (granted === undefined) return !denied;
    localStorage.setItem(CONSENT, granted ? "granted" : "denied");
    if (!granted) forget();
    window.gtag("consent", "update", { analytics_storage: granted ? "granted" : "denied" });
    if (granted) hit("page_view", {});
    return granted;
  };
  window.demoReset = function () {
    forget();
    localStorage.removeItem("inkling_state");
    localStorage.removeItem(CONSENT);
    sessionStorage.clear();
    // Nothing may be written again while this page goes away.
    denied = true;
    layer.push(["consent", "update", { analytics_storage: "denied" }]);
    location.href = "/";
  };

  window.gtag("consent", "default", { analytics_storage: denied ? "denied" : "granted", ad_storage: "denied" });
  window.gtag("js", new Date());
  window.gtag("config", "G-DEMO");
  hit("page_view", {});
  addEventListener("scroll", function () {
    var root = document.documentElement;
    if (page.scrolled || scrollY + innerHeight < 0.9 * root.scrollHeight) return;
    page.scrolled = true;
    hit("scroll", { percent_scrolled: 90 });
  }, { passive: true });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", function () {
    engagedSum = engaged();
    engagedSince = document.visibilityState === "visible" ? performance.now() : null;
    if (engagedSince === null) leave();
  });

  function leave() {
    if (engaged() >= 1000) hit("user_engagement", {});
  }

  function engaged() {
    return engagedSum + (engagedSince === null ? 0 : performance.now() - engagedSince);
  }

  /** One event as GA4 receives it: with session, page and engagement, the marks of a new session before it. */
  function hit(name, params) {
    if (denied) return;
    var now = Date.now(), seconds = Math.floor(now / 1000);
    var client = cookie("_ga") || "GA1.1." + Math.floor(Math.random() * 2147483647) + "." + seconds;
    var old = /^GS2\.1\.s(\d+)\$o(\d+)\$g\d\$t(\d+)/.exec(cookie(STREAM) || "");
    var fresh = !old || seconds - Number(old[3]) > HALF_HOUR;
    var session = fresh ? seconds : Number(old[1]);
    var number = (old ? Number(old[2]) : 0) + (fresh ? 1 : 0);
    bake("_ga", client);
    bake(STREAM, "GS2.1.s" + session + "$o" + number + "$g1$t" + seconds + "$j60$l0$h0");
    var ms = Math.round(engaged());
    engagedSum = 0;
    if (engagedSince !== null) engagedSince = performance.now();
    if (name === "page_view") ms = 0;
    var log = window.demoLog();
    var base = { time_ms: now, client: client.slice(6), session: session, number: number, url: page.url, referrer: page.referrer, title: document.title };
    if (fresh && number === 1) log.push(entry("first_visit", {}, 0));
    if (fresh) log.push(entry("session_start", {}, 0));
    log.push(entry(name, params, ms));
    localStorage.setItem(LOG, JSON.stringify(log.slice(-400)));

    function entry(event, own, engagement) {
      return Object.assign({ name: event, params: own, engaged_ms: engagement }, base);
    }
  }

  function cookie(name) {
    var found = document.cookie.split("; ").find(function (part) { return part.startsWith(name + "="); });
    return found && found.slice(name.length + 1);
  }

  function bake(name, value) {
    document.cookie = name + "=" + value + "; path=/; max-age=34560000; SameSite=Lax";
  }

  function forget() {
    ["_ga", STREAM].forEach(function (name) { document.cookie = name + "=; path=/; max-age=0"; });
    localStorage.removeItem(LOG);
  }

  function stored(key) {
    try { return localStorage.getItem(key); } catch (error) { return null; }
  }
})();
