// What a tag manager does on a real site: adds the loader to the page. The demo also asks it to keep recent events.
(function () {
  var call = ((window.inkling && window.inkling.q) || [])[0];
  if (!call) return;
  var config = call[1];
  // The loader puts its own interface in place of the queue; the replay page needs the configuration as well.
  window.inklingConfig = Object.assign({}, config);
  if (config.keep === undefined) config.keep = 500;
  var script = document.createElement("script");
  script.async = true;
  script.src = config.loader || "/loader.js";
  document.head.append(script);
})();
