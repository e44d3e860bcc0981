// Visits for the replay page, scored by the stand-in as the batch would score them.
import { Scorer } from "../dist/scorer.mjs";

const PATHS = ["/", "/courses", "/courses/nursing", "/courses/nursing", "/fees", "/search?q=rooms", "/prospectus", "/prospectus", "/apply/start", "/apply/start", "/apply/details"];
const NAMES = ["page_view", "page_view", "page_view", "view_item", "page_view", "view_search_results", "page_view", "generate_lead", "page_view", "application_start", "page_view"];

export async function standInVisits(wasm, bundle = Buffer.from("INKL")) {
  const scorer = await Scorer.load(new Uint8Array(wasm), new Uint8Array(bundle));
  const bits = (value) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(16).padStart(16, "0");
  };
  const visits = [4, 7, 11].map((length, user) => {
    scorer.reset();
    const events = PATHS.slice(0, length).map((path, at) => ({
      strings: [NAMES[at], `https://www.northgate.example${path}`, "", "", "", "desktop", "en-gb"],
      numbers: [1795447700e6 + at * 23e6, 0, 1795447700, 1, at * 900, NAMES[at] === "view_item" ? 1 : null, NAMES[at] === "view_item" ? 9250 : null, 1795447700e6],
    }));
    const scores = events.flatMap((event, at) => {
      scorer.observe(event);
      const score = scorer.score("session");
      return event.strings[0] === "page_view" ? [{ event_index: at, bits: bits(score), band: scorer.band("session", score) }] : [];
    });
    return { user: `99120${user}17.1793000000`, session: 1795447700, events, scores };
  });
  return { model_version: scorer.info(0), profile: scorer.info(2), visits };
}
