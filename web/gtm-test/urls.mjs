/** Whether a URL is within a pattern such as `https://cdn.example.edu/tag/*`; `*` stands for anything. */
export function matches(pattern, url) {
  const known = /^(https?:\/\/)?([^/]*)(\/.*)?$/.exec(pattern);
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  const [, scheme = "https://", host = "", path = "/"] = known ?? [];
  if (`${parsed.protocol}//` !== scheme || parsed.username || parsed.password) return false;
  const port = parsed.port ? `:${parsed.port}` : "";
  const rest = parsed.pathname + parsed.search;
  // A path that ends in a slash stands for all below it.
  return glob(host, parsed.hostname + port) && (glob(path, rest) || (path.endsWith("/") && rest.startsWith(path)));
}

/** Whether a dotted key is within a pattern such as `ecommerce.*`. */
export function keyMatches(pattern, key) {
  return glob(pattern, key) || (pattern.endsWith(".*") && pattern.slice(0, -2) === key);
}

function glob(pattern, text) {
  const [first, ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const next = text.indexOf(part, at);
    if (next < 0) return false;
    at = next + part.length;
  }
  return text.endsWith(rest.at(-1)) && text.length - rest.at(-1).length >= at;
}
