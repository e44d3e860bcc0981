// APIs of server containers, on a world that is one request.
import { common } from "./common.mjs";

export function server(env) {
  const { realm, world } = env;
  const copy = realm.copy;
  const { request, response } = world;
  // No request leaves this machine: one that is allowed is never answered. A scenario that needs an answer mocks it.
  const unanswered = () => ({ then: () => unanswered(), catch: () => unanswered(), finally: () => unanswered() });
  return {
    ...common(env),
    addMessageListener: () => undefined,
    claimRequest: () => undefined,
    computeEffectiveTldPlusOne: (host) => String(host).replace(/^https?:\/\//, "").split(/[/:]/)[0].split(".").slice(-2).join("."),
    getAllEventData: () => copy(world.dataLayer),
    getEventData: (key) => copy(world.get(world.dataLayer, key)),
    getClientName: () => "",
    getCookieValues: (name) => copy(world.cookies[name] ?? []),
    setCookie: (name, value) => void (world.cookies[name] = [value]),
    getRemoteAddress: () => request.address,
    getRequestBody: () => request.body,
    getRequestHeader: (name) => request.headers[String(name).toLowerCase()],
    getRequestMethod: () => request.method,
    getRequestPath: () => request.path,
    getRequestQueryParameter: (name) => request.query[name],
    getRequestQueryParameters: () => copy(request.query),
    getRequestQueryString: () => new URLSearchParams(request.query).toString(),
    returnResponse: () => undefined,
    runContainer: (_, done) => done?.(),
    sendHttpGet: unanswered,
    sendHttpRequest: unanswered,
    setPixelResponse: () => void (response.body = "GIF89a"),
    setResponseBody: (body) => void (response.body = body),
    setResponseHeader: (name, value) => void (response.headers[String(name).toLowerCase()] = value),
    setResponseStatus: (status) => void (response.status = status),
    templateDataStorage: {
      getItemCopy: (key) => copy(world.template.get(key) ?? null),
      setItemCopy: (key, value) => void world.template.set(key, copy(value)),
      removeItem: (key) => void world.template.delete(key),
      clear: () => world.template.clear(),
    },
    Promise: { all: world.promises.all, create: world.promises.create },
  };
}
