import { gtag } from "./gtag.ts";

const DRAFT = "northgate_application";

/** Enquiry forms answer in place; the three application forms lead to one another and keep a draft in this tab. */
export function forms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-form], form[data-apply]")) {
    const id = form.dataset.formId ?? "application";
    fill(form);
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      if (form.dataset.apply) next(form, form.dataset.apply);
      else answer(form, form.dataset.form ?? "", id);
    });
  }
}

function answer(form: HTMLFormElement, event: string, id: string): void {
  gtag(event, { form_id: id });
  form.classList.add("sent");
  form.querySelector(".done")?.removeAttribute("hidden");
  form.querySelector("button")?.setAttribute("disabled", "");
}

function next(form: HTMLFormElement, path: string): void {
  const fields = Object.fromEntries([...new FormData(form)].map(([key, value]) => [key, String(value)]));
  sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft(), ...fields }));
  if (form.dataset.event) gtag(form.dataset.event, { form_id: "application", course: fields.course });
  location.href = path;
}

function fill(form: HTMLFormElement): void {
  const wanted = new URLSearchParams(location.search).get("course");
  const select = form.querySelector<HTMLSelectElement>("select[name=course]");
  if (wanted && select) select.value = wanted;
  const review = form.querySelector("[data-review]");
  const { course, name, email, school, why } = draft();
  for (const [term, value] of Object.entries({ Course: course, Name: name, "E-mail": email, School: school, Why: why })) {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = value || "Not given";
    review?.append(dt, dd);
  }
}

function draft(): Record<string, string> {
  return JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
}
