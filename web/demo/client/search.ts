import { courses } from "../courses.mjs";

const pages = [
  ...courses.map((it) => ({ href: `/courses/${it.slug}`, name: it.name, text: `${it.line} ${it.about} ${it.after}` })),
  { href: "/fees", name: "Fees and funding", text: "Tuition, bursary, bursaries, scholarship, loan, cost of living, rent, rooms and accommodation in Northgate." },
  { href: "/open-day", name: "Open day", text: "Visit the campus, meet students, see rooms, labs and wards. Travel refund for the train." },
  { href: "/prospectus", name: "Request a prospectus", text: "Every module, placement, room and accommodation, with floor plans and rents, sent by post." },
  { href: "/apply/start", name: "Apply to Northgate", text: "Application for September or January. Entry requirements and deadlines." },
];

/** Lists the pages that hold any word of the query. */
export function search(): void {
  const results = document.querySelector("#results");
  const query = new URLSearchParams(location.search).get("q")?.trim();
  if (!results || !query) return;
  document.querySelector<HTMLInputElement>("#q")!.value = query;
  const words = query.toLowerCase().split(/\s+/);
  const found = pages
    .map((page) => ({ page, hits: words.filter((word) => `${page.name} ${page.text}`.toLowerCase().includes(word)).length }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits);
  document.querySelector("#found")!.textContent = found.length
    ? `${found.length} ${found.length === 1 ? "page" : "pages"} about “${query}”`
    : `Nothing about “${query}”. Try a course name, or “rooms”.`;
  for (const { page } of found) {
    const [item, link, text] = [document.createElement("li"), document.createElement("a"), document.createElement("p")];
    link.href = page.href;
    link.textContent = page.name;
    text.textContent = page.text.length > 170 ? `${page.text.slice(0, 170).replace(/\s\S*$/, "")} …` : page.text;
    item.append(link, text);
    results.append(item);
  }
}
