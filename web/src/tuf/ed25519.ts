import { unhex, type Verify } from "./document.ts";

/** Ed25519 by WebCrypto; of keys of other kinds nothing is accepted. */
export const ed25519: Verify = async (key, signature, message) => {
  if (key.keytype !== "ed25519" || key.scheme !== "ed25519" || !/^[0-9a-f]{64}$/.test(key.keyval.public)) return false;
  try {
    const imported = await crypto.subtle.importKey("raw", unhex(key.keyval.public), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch {
    return false;
  }
};
