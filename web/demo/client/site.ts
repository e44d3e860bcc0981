import { compare } from "./compare.ts";
import { costs } from "./costs.ts";
import { forms } from "./forms.ts";
import { gtag } from "./gtag.ts";
import { search } from "./search.ts";

const { dataset } = document.body;
if (dataset.item) {
  gtag("view_item", { currency: "GBP", items: [{ item_id: dataset.item, item_name: dataset.name, price: Number(dataset.price) }] });
}
if (location.pathname === "/apply/thank-you") gtag("application_submit", { form_id: "application" });
search();
forms();
compare();
costs();

document.querySelector<HTMLElement>("[data-video]")?.addEventListener("click", (click) => {
  const button = click.currentTarget as HTMLElement;
  if (button.classList.contains("playing")) return;
  button.classList.add("playing");
  gtag("video_start", { video_title: button.dataset.video, video_percent: 0 });
});

const demo = window as unknown as { demoConsent(granted?: boolean): boolean; demoReset(): void };
const consent = document.querySelector<HTMLElement>("[data-consent]");
const name = (granted: boolean) => consent && (consent.textContent = `Analytics: ${granted ? "on" : "off"}`);
name(demo.demoConsent());
consent?.addEventListener("click", () => name(demo.demoConsent(!demo.demoConsent())));
document.querySelector("[data-reset]")?.addEventListener("click", () => demo.demoReset());
