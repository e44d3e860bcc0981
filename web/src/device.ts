/** GA4's `device.category` from a user agent: desktop, mobile, tablet or smart tv. */
export function device(agent: string, touchPoints = 0): string {
  if (/smart-?tv|appletv|googletv|hbbtv|netcast|bravia|roku|aft[a-z]\b/i.test(agent)) return "smart tv";
  // An iPad calls itself a Macintosh, but no Macintosh has a touch screen.
  if (/ipad|tablet|kindle|silk|playbook/i.test(agent) || (/macintosh/i.test(agent) && touchPoints > 1)) return "tablet";
  if (/android/i.test(agent)) return /mobile/i.test(agent) ? "mobile" : "tablet";
  return /mobi|iphone|ipod|blackberry|opera mini/i.test(agent) ? "mobile" : "desktop";
}
