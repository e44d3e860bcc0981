/**
 * Follows `analytics_storage` of Google's consent mode. Granted until the page says otherwise, as in gtag; while it
 * is denied nothing is read, stored or scored.
 */
export class Consent {
  granted = true;

  /** Takes a consent command; true when the answer changed. An update outweighs a default that comes late. */
  set(analytics: string | true, update: boolean): boolean {
    const before = this.granted;
    if (update || !this.#updated) this.granted = analytics !== "denied";
    this.#updated ||= update;
    return this.granted !== before;
  }

  #updated = false;
}
