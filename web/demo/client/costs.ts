const WEEKS = 40;
const BURSARY = 2000;

/** The cost of a year, as the sliders say. */
export function costs(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-costs]");
  if (!form) return;
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement & HTMLOutputElement;
  const update = () => {
    const week = Number(field("room").value) + Number(field("spend").value);
    const sum = WEEKS * week - (field("bursary").checked ? BURSARY : 0);
    field("spend-out").value = `£${field("spend").value} a week`;
    field("sum").value = `£${sum.toLocaleString("en-GB")}`;
  };
  form.addEventListener("input", update);
  update();
}
