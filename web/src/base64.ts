/** Standard base64, both ways; reading refuses every spelling but the canonical one. */
export const base64 = {
  encode(bytes: Uint8Array): string {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  },

  /** `undefined` when the text is not the one canonical encoding of some bytes (atob alone forgives stray bits). */
  decode(text: string): Uint8Array<ArrayBuffer> | undefined {
    try {
      const binary = atob(text);
      return btoa(binary) === text ? Uint8Array.from(binary, (char) => char.charCodeAt(0)) : undefined;
    } catch {
      return undefined;
    }
  },
};
