// Elements without markup in strings: nothing of the data can become markup.

export type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | true | null | undefined>;

function fill<E extends Element>(element: E, attributes: Attributes | null, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

export function h<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Attributes | null = null, ...children: Child[]) {
  return fill(document.createElement(name), attributes, children);
}

/** Text that may also break after a dot or an underscore. */
export const breakable = (text: string): Child[] => text.split(/(?<=[._])(?=[a-z])/i).flatMap((part, i) => (i > 0 ? [h("wbr"), part] : [part]));

export function s<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Attributes | null = null, ...children: Child[]) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}
