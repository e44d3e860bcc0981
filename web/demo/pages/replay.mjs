export const replay = {
  path: "/replay/",
  title: "Replay",
  scripts: ["/demo/replay.js"],
  styles: ["/demo/replay.css"],
  body: `
<section class="wrap head"><h1>Replay</h1><p class="lead">Visits from a real export, scored once by the daily batch and now again in this browser, by the same code from the signed release. The two must agree to the last bit.</p></section>
<section class="wrap" id="replay" aria-live="polite"><p class="muted">Loading the release and the visits.</p></section>`,
};
