import { gtag } from "./gtag.ts";

const rows = { Length: "years", "Fee a year": "fee", Entry: "entry", Afterwards: "after" };

/** Two ticked courses side by side. */
export function compare(): void {
  const table = document.querySelector<HTMLElement>("#compare");
  const boxes = [...document.querySelectorAll<HTMLInputElement>("[data-compare]")];
  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (box.checked) gtag("select_content", { content_type: "course_compare", content_id: box.dataset.compare });
      const chosen = boxes.filter((other) => other.checked);
      if (table) show(table, chosen);
    });
  }
}

function show(table: HTMLElement, chosen: HTMLInputElement[]): void {
  table.hidden = chosen.length < 2;
  const cells = (tag: string, values: (string | undefined)[]) => values.map((value) => `<${tag}>${value ?? ""}</${tag}>`).join("");
  const head = `<tr><td></td>${cells("th", chosen.map((box) => box.dataset.name))}</tr>`;
  const body = Object.entries(rows).map(([name, key]) => {
    const unit = key === "years" ? " years" : "";
    return `<tr><th scope="row">${name}</th>${cells("td", chosen.map((box) => box.dataset[key] + unit))}</tr>`;
  });
  table.innerHTML = `<table>${head}${body.join("")}</table>`;
}
