// Stands in for gtag.js on the demo site: the same cookies, the same automatic events, and a log of what GA4 would have
// been sent (window.demoLog()). It shares no code with the tag, so that the log can be compared with what the tag saw.
(function () {
  "use strict";
  var LOG = "northgate_log", CONSENT = "northgate_consent", STREAM = "_ga_DEMO", HALF_HOUR = 1800;
  var layer = (window.dataLayer = window.dataLayer || []);
  var denied = stored(CONSENT) === "denied";
  var engagedSince = attended() ? performance.now() : null;
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
    if (granted) view();
    return granted;
  };
  window.demoReset = function () {
    forget();
    localStorage.removeItem(CONSENT);
    sessionStorage.clear();
    // Nothing may be written again while this page goes away.
    denied = true;
    window.gtag("consent", "update", { analytics_storage: "denied" });
    location.href = "/";
  };

  window.gtag("consent", "default", { analytics_storage: denied ? "denied" : "granted", ad_storage: "denied" });
  window.gtag("js", new Date());
  window.gtag("config", "G-DEMO");
  view();
  addEventListener("scroll", function () {
    var root = document.documentElement;
    if (page.scrolled || scrollY + innerHeight < 0.9 * root.scrollHeight) return;
    page.scrolled = true;
    hit("scroll", { percent_scrolled: 90 });
  }, { passive: true });
  addEventListener("pagehide", leave);
  ["visibilitychange", "focus", "blur", "pageshow"].forEach(function (type) {
    addEventListener(type, function () {
      engagedSum = engaged();
      engagedSince = attended() ? performance.now() : null;
      if (document.visibilityState === "hidden") leave();
    });
  });

  // Enhanced measurement: links and forms, but not where a script took over.
  var begun = [];
  document.addEventListener("change", function (event) { begin(event.target.form); });
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented) return;
    begin(event.target);
    hit("form_submit", { form_id: event.target.id });
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a");
    if (!link || !link.href || event.defaultPrevented) return;
    var file = /\.(pdf|docx?|zip)$/.exec(link.pathname);
    if (file) hit("file_download", { file_extension: file[1], file_name: link.pathname, link_url: link.href });
    if (link.hostname !== location.hostname) hit("click", { link_url: link.href, link_domain: link.hostname, outbound: "true" });
  });

  function begin(form) {
    if (!form || begun.indexOf(form.id) >= 0) return;
    begun.push(form.id);
    hit("form_start", { form_id: form.id });
  }

  function view() {
    hit("page_view", {});
    var term = new URLSearchParams(location.search).get("q");
    if (term !== null) hit("view_search_results", { search_term: term });
  }

  function attended() {
    return document.visibilityState === "visible" && document.hasFocus();
  }

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
