// Names of hosts, by https, that lead to one server on this machine: what was rendered for real addresses is opened as it
// was rendered.
import { execFileSync } from "node:child_process";
import { createServer } from "node:https";

/** A key and its own certificate, which browsers of these tests do not ask anybody about. */
function certificate() {
  const made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -out - -days 2 -subj /CN=localhost";
  return execFileSync("openssl", made.split(" "), { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
}

/**
 * `answers` says by host what is answered: `(path, query) => ({ type, body, headers })`, or a promise of that;
 * without a body 404. `asked` are the
 * addresses that were asked for; `flags` make a Chromium that finds these hosts, below `domain`, here.
 */
export async function hosts(domain) {
  const pem = certificate();
  const world = { answers: {}, asked: [] };
  const server = createServer({ key: pem, cert: pem }, async (request, response) => {
    const url = new URL(request.url, `https://${request.headers.host}`);
    world.asked.push(url.href);
    const { type, body, headers } = (await world.answers[url.hostname]?.(url.pathname, url.search)) ?? {};
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain", ...headers }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  world.flags = [`--host-resolver-rules=MAP *.${domain} 127.0.0.1:${server.address().port}`, "--ignore-certificate-errors"];
  world.close = () => (server.closeAllConnections(), server.close());
  return world;
}
