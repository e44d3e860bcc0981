// The rows of the 16 reporting views, column for column. Missing is null; dates are ISO texts; shares and rates are 0 to 1.

type Number = number | null;
type Text = string | null;
/** `green`, `amber`, `red` or `grey`; any other word counts as none. */
type StatusWord = string | null;

export interface Health {
  as_of: Text; last_run_id: Text; last_run_status: Text; last_score_date: Text; hours_since_score: Number;
  visitors_scored: Number; visitors_median_28d: Number; model_version: Text; model_age_days: Number;
  calibration_ratio: Number; auc_realised: Number; auc_estimated: Number; worst_psi_feature: Text; worst_psi: Number;
  parity_share: Number; activation_accepted_share: Number; status: StatusWord; status_reason: Text;
  /** Optional: what each check says together; without them the newest rows of the views say it. */
  status_freshness: StatusWord; status_volume: StatusWord; status_calibration: StatusWord; status_auc: StatusWord;
  status_lift: StatusWord; status_drift: StatusWord; status_segments: StatusWord; status_tag: StatusWord;
  status_parity: StatusWord; status_activation: StatusWord;
}

export interface Run {
  run_id: Text; run_date: Text; trigger: Text; started_at: Text; finished_at: Text; duration_s: Number; status: Text;
  failed_stage: Text; error_id: Text; rows_read: Number; rows_clean: Number; rows_rejected: Number; rows_scored: Number;
  rows_activated: Number; bytes_billed: Number; model_version: Text; code_version: Text; alert_sent_at: Text;
}

/** Median and band are of `visitors`. */
export interface Volume {
  event_date: Text; events: Number; sessions: Number; visitors: Number; visitors_scored: Number; late_events: Number;
  null_client_id_share: Number; median_28d: Number; band_low: Number; band_high: Number; status: StatusWord;
}

export interface ModelVersion {
  model_version: Text; alias: Text; algorithm: Text; features: Number; train_from: Text; train_to: Text;
  train_rows: Number; positives: Number; auc_holdout: Number; pr_auc_holdout: Number; ece_holdout: Number;
  released_at: Text; promoted_at: Text; retired_at: Text; sha256: Text; key_id: Text; size_bytes: Number;
}

export interface CalibrationBin {
  model_version: Text; window_start: Text; window_end: Text; bin: Number; score_low: Number; score_high: Number;
  visitors: Number; predicted_mean: Number; observed_rate: Number; ci_low: Number; ci_high: Number;
  labels_mature: boolean | Number; status: StatusWord;
}

export interface Decile {
  model_version: Text; window_start: Text; window_end: Text; decile: Number; visitors: Number; conversions: Number;
  conversion_rate: Number; lift: Number; cum_visitors_share: Number; cum_conversions_share: Number; base_rate: Number;
}

export interface Threshold {
  model_version: Text; window_start: Text; window_end: Text; threshold: Number; tp: Number; fp: Number; tn: Number;
  fn: Number; tpr: Number; fpr: Number; precision: Number; recall: Number; flagged_share: Number;
}

export interface Performance {
  event_date: Text; model_version: Text; metric: Text; value_realised: Number; value_estimated: Number;
  ref_mean: Number; low: Number; high: Number; labels: Number; labels_mature: boolean | Number; status: StatusWord;
}

/** A row whose channel is null or `all` is of every channel. */
export interface ScoreBin {
  event_date: Text; model_version: Text; channel: Text; bin_low: Number; bin_high: Number; visitors: Number;
  share: Number; ref_share: Number;
}

export interface Drift {
  event_date: Text; model_version: Text; feature: Text; feature_type: Text; psi: Number; js_distance: Number;
  wasserstein_norm: Number; null_share: Number; ref_null_share: Number; n: Number; drift_rank: Number; status: StatusWord;
}

export interface Segment {
  model_version: Text; window_end: Text; dimension: Text; segment: Text; visitors: Number; conversions: Number;
  conversion_rate: Number; mean_score: Number; calibration_ratio: Number; lift_top10: Number; auc: Number;
  suppressed: boolean | Number;
  /** Optional: without it groups are shown, but not judged one by one. */
  status: StatusWord;
}

export interface DecileDay {
  event_date: Text; model_version: Text; decile: Number; visitors: Number; conversions: Number;
}

export interface Parity {
  event_date: Text; model_version: Text; compared: Number; exact: Number; bit_equal: Number; max_abs_diff: Number;
  version_mismatch: Number; status: StatusWord;
}

export interface Activation {
  event_date: Text; destination: Text; attempted: Number; accepted: Number; rejected: Number; accepted_share: Number;
  p95_latency_ms: Number; status: StatusWord;
}

export interface Tag {
  event_date: Text; bundle_version: Text; loads: Number; scored: Number; blocked_by_consent: Number;
  signature_failures: Number; wasm_unsupported: Number; p75_load_ms: Number; p75_score_us: Number; errors: Number;
  /** Optional. */
  status: StatusWord;
}

export interface Alert {
  alert_id: Text; opened_at: Text; closed_at: Text; severity: Text; rule: Text; value: Number; threshold: Number;
  run_id: Text; recipients: Text | Number; acknowledged_at: Text;
  /** Optional: a sentence. */
  cause: Text;
}

export interface Views {
  v_health_today: Health; v_run_history: Run; v_volume_daily: Volume; v_model_versions: ModelVersion;
  v_calibration: CalibrationBin; v_gains_deciles: Decile; v_roc_pr_points: Threshold; v_performance_daily: Performance;
  v_score_histogram: ScoreBin; v_drift_daily: Drift; v_segment_performance: Segment;
  v_conversions_by_decile_daily: DecileDay; v_parity_daily: Parity; v_activation_daily: Activation; v_tag_daily: Tag;
  v_alerts: Alert;
}
