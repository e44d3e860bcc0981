/** APIs that exist and have no stand-in here: a scenario has to mock them before the template calls them. */
export const KNOWN = [
  "BigQuery", "Firestore", "extractEventsFromMpv1", "extractEventsFromMpv2", "getGoogleAuth", "getGoogleScript", "isRequestMpv1",
  "isRequestMpv2", "sendEventToGoogleAnalytics", "sendMessage", "sendPixelFromBrowser",
];
