import { base64 } from "./base64.ts";
import { unhex } from "./tuf/document.ts";

/**
 * The scorer as JavaScript, for a browser that refuses WebAssembly. Loaded by a script element, so that the browser itself
 * holds it to the signed hash, and a page's policy on scripts applies; what it exports lies on that element.
 */
export function fallback<T>({ url, sha256 }: { url: string; sha256: string }): Promise<T> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script") as HTMLScriptElement & { scorer?: T };
    const types = (window as any).trustedTypes;
    // The one address that this policy lets through.
    const policy = types?.createPolicy("inkling", { createScriptURL: () => url });
    script.src = policy ? policy.createScriptURL(url) : url;
    script.integrity = `sha256-${base64.encode(unhex(sha256))}`;
    script.crossOrigin = "anonymous";
    script.onload = script.onerror = () => {
      const { scorer } = script;
      // Whoever else holds the element finds nothing on it.
      delete script.scorer;
      script.remove();
      scorer ? resolve(scorer) : reject();
    };
    // A script element has no limit of its own.
    setTimeout(script.onerror, 20_000);
    document.head.append(script);
  });
}
