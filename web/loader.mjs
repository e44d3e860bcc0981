// Builds the loader as a page gets it: esbuild joins the modules, terser makes them small.
import { build } from "esbuild";
import { minify } from "terser";

/** Names that nothing outside the loader knows, for its size. */
const INSIDE = new RegExp(
  `^(${[
    "updateRoot|updateTimestamp|updateSnapshot|readTargets|announcedSnapshot|announcedTargets|signedBy|holds|matches|fresh",
    "utcOffset|firstTouch|sessionId|sessionNumber|identity|warmUp|observe|restore|engaged|granted|regional|denied|kind",
    "erased|drop|flush|resume|told|active|peek|answered|begin|about|wait|params|take|fail|visit|note|stop|listen",
  ].join("|")})$`,
);

/** The loader's text. */
export async function loader(entry, common) {
  const { outputFiles } = await build({ ...common, entryPoints: [entry], format: "iife", minify: true, mangleProps: INSIDE, write: false });
  // The code reads no property for what reading it does.
  const compress = { passes: 4, toplevel: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true };
  const { code } = await minify(outputFiles[0].text, { ecma: 2022, toplevel: true, compress });
  return code;
}
