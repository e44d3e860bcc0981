/** Sends an event the way every GA4 page does. */
export function gtag(name: string, params: Record<string, unknown>): void {
  (window as unknown as { gtag(command: "event", name: string, params: object): void }).gtag("event", name, params);
}
