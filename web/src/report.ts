import type { Release } from "./verify.ts";

/** Tells the `dataLayer` the score in steps of 0.05, when step or band change; GA4 needs no more and stores no more. */
export function report(
  entries: unknown[],
  { modelVersion, bundleVersion }: Pick<Release, "modelVersion" | "bundleVersion">,
): (score: number, band: string) => void {
  let last = "";
  return (score, band) => {
    const bucket = Math.round(score * 20) / 20;
    const step = bucket + band;
    if (!Number.isFinite(bucket) || step === last) return;
    last = step;
    entries.push({
      event: "inkling_score",
      inkling_score: Number(bucket.toFixed(2)),
      inkling_band: band,
      inkling_model_version: modelVersion,
      inkling_bundle: bundleVersion,
    });
  };
}
