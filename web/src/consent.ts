/** A consent command, as far as it is about `analytics_storage`. */
export interface ConsentCommand {
  update: boolean;
  denied: boolean;
  /** A default for some regions only. */
  regional?: boolean;
  /** Milliseconds for which a default waits for the update. */
  wait?: number;
}

/**
 * Follows `analytics_storage` of Google's consent mode. Granted until the page says otherwise, as in gtag. An update
 * outweighs every default, early or late. The tag does not know where the visitor is: a denial for some regions counts
 * for all, a grant for some for none.
 */
export class Consent {
  granted = true;
  /** How long an update is awaited. */
  wait = 0;
  /** There was an update. */
  answered = false;
  #regional = false;
  #base = true;

  set({ update, denied, regional, wait = 0 }: ConsentCommand): void {
    if (regional) this.#regional ||= denied;
    else if (!update) this.#base = !denied;
    this.answered ||= update;
    if (update) this.granted = !denied;
    else if (!this.answered) this.granted = this.#base && !this.#regional;
    this.wait = this.answered ? 0 : Math.max(this.wait, wait);
  }
}
