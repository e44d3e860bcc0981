// What Plot imports and the page never calls: maps, named colour schemes, the axes of legends. Without them the page is a
// fifth smaller.
const PACKAGES = /^d3-(geo|scale-chromatic|axis)$/;

/** In their place, functions that return nothing. */
export const unused = {
  name: "unused",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: PACKAGES }, ({ path }) => ({ path, namespace: "unused", sideEffects: false }));
    onLoad({ filter: /.*/, namespace: "unused" }, async ({ path }) => ({
      contents: Object.keys(await import(path)).map((name) => `export function ${name}() {}`).join("\n"),
    }));
  },
};
