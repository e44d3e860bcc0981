// The SQL of a view, to be copied.
import { h } from "./dom.ts";

/** Statement and button. Where the clipboard is not allowed, the statement is selected instead. */
export function statement(name: string, sql: string): HTMLElement {
  const code = h("code", null, sql);
  const said = h("span", { class: "said", role: "status" });
  const button = h("button", { type: "button", class: "copy" }, "Copy SQL");
  button.setAttribute("aria-label", `Copy SQL of ${name}`);
  button.addEventListener("click", () => {
    void copy(sql, code).then((done) => {
      said.textContent = done ? "Copied." : "Selected: copy it with Ctrl+C or ⌘C.";
    });
  });
  return h("div", { class: "sql" }, h("div", { class: "sql-head" }, button, said), h("pre", { tabindex: 0, role: "group", "aria-label": `SQL of ${name}` }, code));
}

async function copy(text: string, shown: Node): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    }
  }
}
