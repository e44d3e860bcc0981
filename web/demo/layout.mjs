import { mark } from "./arch.mjs";

const nav = [["/courses", "Courses"], ["/fees", "Fees and funding"], ["/open-day", "Open day"], ["/prospectus", "Prospectus"]];

/** A whole page. `data` reaches the page's script as `data-*` of the body. */
export function layout({ path, title, body, data = {}, scripts = [], styles = [] }) {
  const attributes = Object.entries(data).map(([key, value]) => ` data-${key}="${String(value).replaceAll('"', "&quot;")}"`).join("");
  const link = ([href, name]) => `<a href="${href}"${path.startsWith(href) ? ' aria-current="page"' : ""}>${name}</a>`;
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/demo/mark.svg" type="image/svg+xml">
<link rel="preload" href="/demo/fonts/bricolage.woff2" as="font" type="font/woff2" crossorigin>
${["/demo/site.css", "/demo/parts.css", ...styles].map((href) => `<link rel="stylesheet" href="${href}">`).join("\n")}
<script src="/demo-config.js"></script>
<script src="/demo/ga-stub.js"></script>
<script src="/demo/boot.js" defer></script>
${["/demo/site.js", "/demo/panel.js", ...scripts].map((src) => `<script src="${src}" defer></script>`).join("\n")}
</head>
<body${attributes}>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="wrap">
<a class="brand" href="/">${mark}<span>Northgate<br>University</span></a>
<nav aria-label="Main">${nav.map(link).join("")}</nav>
<form class="find" action="/search" role="search"><label class="hidden" for="q-top">Search</label><input id="q-top" name="q" type="search" placeholder="Search" autocomplete="off"></form>
<a class="button small" href="/apply/start">Apply</a>
</div></header>
<main id="main">${body}</main>
<footer class="foot"><div class="wrap">
<div><a class="brand" href="/">${mark}<span>Northgate<br>University</span></a><p>North Road, Northgate NG1 4XX</p></div>
<div><h2>Study</h2><a href="/courses">Courses</a><a href="/fees">Fees and funding</a><a href="/apply/start">Apply</a></div>
<div><h2>Visit</h2><a href="/open-day">Open day</a><a href="/prospectus">Request a prospectus</a><a href="/search?q=accommodation">Search the site</a></div>
<div><h2>This demo</h2><p>Northgate does not exist. The score in the corner is computed in this page by Inkling.</p><a href="/replay/">Replay real visits</a><button class="link" data-consent>Analytics: on</button><button class="link" data-reset>Be a new visitor</button></div>
</div></footer>
</body>
</html>
`;
}
