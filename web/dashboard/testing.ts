// What tests without a browser call.
export * as delivery from "./answers/delivery.ts";
export * as right from "./answers/right.ts";
export * as today from "./answers/today.ts";
export * as useful from "./answers/useful.ts";
export * as volume from "./answers/volume.ts";
export * as whom from "./answers/whom.ts";
export * as world from "./answers/world.ts";
export { COLUMNS } from "./data/columns.ts";
export { Data, read } from "./data/document.ts";
export * as pick from "./data/pick.ts";
export * as format from "./text/format.ts";
export * as status from "./text/status.ts";
