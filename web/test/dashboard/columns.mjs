// The columns of the 16 reporting views: name, type, and what they are.
const D = "DATE";
const T = "TIMESTAMP";
const S = "STRING";
const I = "INT64";
const F = "FLOAT64";
const B = "BOOL";

const named = (text) =>
  text.trim().split(/\s*,\s*/).map((entry) => {
    const [name, type = "F"] = entry.split(":");
    return { name, type: { D, T, S, I, F, B }[type], description: `${name.replaceAll("_", " ")}.` };
  });

export const VIEWS = {
  v_health_today: ["The newest day: what was scored, how good it is, and what is wrong.", "as_of:D, last_run_id:S, last_run_status:S, last_score_date:D, hours_since_score, visitors_scored:I, visitors_median_28d, model_version:S, model_age_days:I, calibration_ratio, auc_realised, auc_estimated, worst_psi_feature:S, worst_psi, parity_share, activation_accepted_share, status:S, status_reason:S, status_freshness:S, status_volume:S, status_calibration:S, status_auc:S, status_lift:S, status_drift:S, status_segments:S, status_tag:S, status_parity:S, status_activation:S"],
  v_run_history: ["Runs of the daily job.", "run_id:S, run_date:D, trigger:S, started_at:T, finished_at:T, duration_s, status:S, failed_stage:S, error_id:S, rows_read:I, rows_clean:I, rows_rejected:I, rows_scored:I, rows_activated:I, bytes_billed:I, model_version:S, code_version:S, alert_sent_at:T"],
  v_volume_daily: ["What each day of the export brought, against the median of the same weekday over 28 days.", "event_date:D, events:I, sessions:I, visitors:I, visitors_scored:I, late_events:I, null_client_id_share, median_28d, band_low, band_high, status:S"],
  v_model_versions: ["Models: what they were trained on, how good they were then, when they were in service.", "model_version:S, alias:S, algorithm:S, features:I, train_from:D, train_to:D, train_rows:I, positives:I, auc_holdout, pr_auc_holdout, ece_holdout, released_at:T, promoted_at:D, retired_at:D, sha256:S, key_id:S, size_bytes:I"],
  v_calibration: ["Mean score and conversion rate of groups of scores whose outcomes are complete, with Wilson's interval.", "model_version:S, window_start:D, window_end:D, bin:I, score_low, score_high, visitors:I, predicted_mean, observed_rate, ci_low, ci_high, labels_mature:B, status:S"],
  v_gains_deciles: ["Visitors in tenths by score, the highest first, and their conversions.", "model_version:S, window_start:D, window_end:D, decile:I, visitors:I, conversions, conversion_rate, lift, cum_visitors_share, cum_conversions_share, base_rate"],
  v_roc_pr_points: ["Points of the ROC and the precision-recall curve.", "model_version:S, window_start:D, window_end:D, threshold, tp, fp, tn, fn, tpr, fpr, precision, recall, flagged_share"],
  v_performance_daily: ["Metrics by day, by outcomes and estimated without, with the reference's range.", "event_date:D, model_version:S, metric:S, value_realised, value_estimated, ref_mean, low, high, labels:I, labels_mature:B, status:S"],
  v_score_histogram: ["Scores of a day by channel, beside the reference.", "event_date:D, model_version:S, channel:S, bin_low, bin_high, visitors:I, share, ref_share"],
  v_drift_daily: ["How far each feature of a day is from the training data.", "event_date:D, model_version:S, feature:S, feature_type:S, psi, js_distance, wasserstein_norm, null_share, ref_null_share, n:I, drift_rank:I, status:S"],
  v_segment_performance: ["How well groups of visitors are scored; small ones are hidden.", "model_version:S, window_end:D, dimension:S, segment:S, visitors:I, conversions:I, conversion_rate, mean_score, calibration_ratio, lift_top10, auc, suppressed:B, status:S"],
  v_conversions_by_decile_daily: ["Visitors and conversions by day of the score and tenth.", "event_date:D, model_version:S, decile:I, visitors:I, conversions:I"],
  v_parity_daily: ["Scores of browsers that came back in the export, against the batch's.", "event_date:D, model_version:S, compared:I, exact:I, bit_equal:I, max_abs_diff, version_mismatch:I, status:S"],
  v_activation_daily: ["Scores sent to GA4.", "event_date:D, destination:S, attempted:I, accepted:I, rejected:I, accepted_share, p95_latency_ms, status:S"],
  v_tag_daily: ["What the tag did on pages.", "event_date:D, bundle_version:S, loads:I, scored:I, blocked_by_consent:I, signature_failures:I, wasm_unsupported:I, p75_load_ms, p75_score_us, errors:I, status:S"],
  v_alerts: ["Alerts, open and closed.", "alert_id:S, opened_at:T, closed_at:T, severity:S, rule:S, value, threshold, run_id:S, recipients:I, acknowledged_at:T, cause:S"],
};

/** A view of these rows, objects by column. */
export function view(name, rows) {
  const [description, list] = VIEWS[name];
  const columns = named(list);
  for (const row of rows) for (const key of Object.keys(row)) if (!columns.some((column) => column.name === key)) throw new Error(`${name} has no column ${key}`);
  const sql = `SELECT\n  ${columns.map((column) => column.name).join(",\n  ")}\nFROM \`example-project.inkling.monitor_${name.slice(2)}\`\nQUALIFY ROW_NUMBER() OVER (PARTITION BY ${columns[0].name} ORDER BY written_at DESC) = 1`;
  return { description, sql, columns, rows: rows.map((row) => columns.map((column) => row[column.name] ?? null)) };
}
