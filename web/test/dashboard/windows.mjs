// Rows of the views that are about a window of days, not a day.
import { addDays, digits } from "./fixture.mjs";

const COUNTRIES = ["United Kingdom", "Ireland", "United States", "India", "Nigeria", "France", "Germany"];
const SEGMENTS = {
  device: ["mobile", "desktop", "tablet"],
  channel: ["Organic Search", "Direct", "Paid Search", "Email", "Referral", "Organic Social"],
  country: COUNTRIES,
  visitor: ["new", "returning"],
};
const EDGES = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1];
const BARS = EDGES.slice(1);
const BASE = 0.031;

/** Wilson's interval of a share. */
function wilson(share, n, z = 1.959964) {
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [middle - half, middle + half];
}

export function windows(at) {
  const model_version = at.serving(at.asOf).model_version;
  const grey = at.state === "grey";
  const window_end = addDays(at.asOf, -at.horizon);
  const window = { model_version, window_start: addDays(window_end, -27), window_end };
  return {
    v_calibration: grey ? [] : calibration(at, window),
    v_gains_deciles: grey ? [] : deciles(at, window),
    v_roc_pr_points: grey ? [] : points(window),
    v_score_histogram: histogram(at, model_version),
    v_segment_performance: grey ? [] : segments(at, { model_version, window_end }),
  };
}

function calibration({ random, bad }, window) {
  const means = [0.0011, 0.0019, 0.0031, 0.0049, 0.0078, 0.0124, 0.0201, 0.0337, 0.0672, 0.1981];
  const ratio = bad ? 1.31 : 1.02;
  return means.map((mean, i) => {
    const visitors = 43_000;
    const rate = Math.round((mean / ratio) * visitors * (1 + 0.03 * random.normal())) / visitors;
    const [ci_low, ci_high] = wilson(rate, visitors).map((value) => digits(value));
    return { ...window, bin: i + 1, score_low: i ? digits((means[i - 1] + mean) / 2) : 0, score_high: i < 9 ? digits((mean + means[i + 1]) / 2) : 1, visitors, predicted_mean: mean, observed_rate: digits(rate), ci_low, ci_high, labels_mature: true, status: bad ? "red" : "green" };
  });
}

function deciles({ off, bad }, window) {
  const shares = off ? [0.44, 0.17, 0.11, bad ? 0.07 : 0.08, bad ? 0.09 : 0.06, 0.05, 0.03, 0.02, 0.007, 0.003] : [0.51, 0.18, 0.1, 0.07, 0.05, 0.04, 0.025, 0.014, 0.007, 0.004];
  const visitors = 43_000;
  const all = Math.round(visitors * 10 * BASE);
  let sum = 0;
  return shares.map((share, i) => {
    const conversions = Math.round(all * share);
    sum += conversions;
    return { ...window, decile: i + 1, visitors, conversions, conversion_rate: digits(conversions / visitors), lift: digits(conversions / visitors / BASE), cum_visitors_share: (i + 1) / 10, cum_conversions_share: digits(Math.min(1, sum / all)), base_rate: BASE };
  });
}

function points(window) {
  const n = 430_000;
  const positives = Math.round(n * BASE);
  return Array.from({ length: 100 }, (_, i) => {
    const fpr = ((i + 1) / 100) ** 2.2;
    const tpr = fpr ** 0.23;
    const [tp, fp] = [Math.round(tpr * positives), Math.round(fpr * (n - positives))];
    return { ...window, threshold: digits((1 - (i + 1) / 100) ** 2.4), tp, fp, tn: n - positives - fp, fn: positives - tp, tpr: digits(tp / positives), fpr: digits(fp / (n - positives)), precision: digits(tp / (tp + fp)), recall: digits(tp / positives), flagged_share: digits((tp + fp) / n) };
  });
}

function histogram({ random, asOf, bad }, model_version) {
  const channels = ["all", ...SEGMENTS.channel];
  // Log-normal over bars that are narrow where most scores are.
  const shape = (i, tilt) => {
    const middle = Math.log((EDGES[i] + EDGES[i + 1]) / 2);
    return Math.exp(-((middle - Math.log(0.013) - tilt) ** 2) / 4) * Math.log(EDGES[i + 1] / Math.max(EDGES[i], 4e-4));
  };
  const total = (tilt) => BARS.map((_, i) => shape(i, tilt)).reduce((a, b) => a + b, 0);
  return channels.flatMap((channel, c) => {
    const tilt = (bad ? 0.9 : 0) + c * 0.1 + 0.02 * random.normal();
    const visitors = channel === "all" ? 17_500 : Math.round(17_500 / (c + 2));
    return BARS.map((_, i) => {
      const share = shape(i, tilt) / total(tilt);
      return { event_date: asOf, model_version, channel, bin_low: EDGES[i], bin_high: EDGES[i + 1], visitors: Math.round(visitors * share), share: digits(share), ref_share: digits(shape(i, c * 0.1) / total(c * 0.1)) };
    });
  });
}

function segments({ random, bad, off }, window) {
  return Object.entries(SEGMENTS).flatMap(([dimension, names]) =>
    names.map((segment, i) => {
      const visitors = Math.round(210_000 / (i + 1) ** 1.6);
      const suppressed = segment === "Germany";
      if (suppressed) return { ...window, dimension, segment, suppressed };
      const rate = BASE * (1 + 0.3 * random.normal() * 0.5);
      const ratio = (bad ? 1.29 : 1.02) * (1 + 0.03 * random.normal()) * (segment === "tablet" && off ? 1.13 : 1);
      return { ...window, dimension, segment, visitors, conversions: Math.round(visitors * rate), conversion_rate: digits(rate), mean_score: digits(rate * ratio), calibration_ratio: digits(ratio), lift_top10: digits(4.8 + 0.5 * random.normal()), auc: digits(0.81 + 0.015 * random.normal()), suppressed, status: ratio > 1.25 ? "red" : ratio > 1.11 ? "amber" : "green" };
    }),
  );
}
