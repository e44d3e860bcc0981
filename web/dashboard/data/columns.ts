// Names of the columns that the page reads, so that a view without one of them reads as null.
import type { Views } from "./views.ts";

export const COLUMNS: Record<keyof Views, string> = {
  v_health_today:
    "as_of last_run_id last_run_status last_score_date hours_since_score visitors_scored visitors_median_28d model_version " +
    "model_age_days calibration_ratio auc_realised auc_estimated worst_psi_feature worst_psi parity_share " +
    "activation_accepted_share status status_reason " +
    "status_freshness status_volume status_calibration status_auc status_lift status_drift status_segments status_tag " +
    "status_parity status_activation",
  v_run_history:
    "run_id run_date trigger started_at finished_at duration_s status failed_stage error_id rows_read rows_clean " +
    "rows_rejected rows_scored rows_activated bytes_billed model_version code_version alert_sent_at",
  v_volume_daily:
    "event_date events sessions visitors visitors_scored late_events null_client_id_share median_28d band_low band_high " +
    "status",
  v_model_versions:
    "model_version alias algorithm features train_from train_to train_rows positives auc_holdout pr_auc_holdout ece_holdout " +
    "released_at promoted_at retired_at sha256 key_id size_bytes",
  v_calibration:
    "model_version window_start window_end bin score_low score_high visitors predicted_mean observed_rate ci_low ci_high " +
    "labels_mature status",
  v_gains_deciles:
    "model_version window_start window_end decile visitors conversions conversion_rate lift cum_visitors_share " +
    "cum_conversions_share base_rate",
  v_roc_pr_points:
    "model_version window_start window_end threshold tp fp tn fn tpr fpr precision recall flagged_share",
  v_performance_daily:
    "event_date model_version metric value_realised value_estimated ref_mean low high labels labels_mature status",
  v_score_histogram:
    "event_date model_version channel bin_low bin_high visitors share ref_share",
  v_drift_daily:
    "event_date model_version feature feature_type psi js_distance wasserstein_norm null_share ref_null_share n drift_rank " +
    "status",
  v_segment_performance:
    "model_version window_end dimension segment visitors conversions conversion_rate mean_score calibration_ratio lift_top10 " +
    "auc suppressed status",
  v_conversions_by_decile_daily:
    "event_date model_version decile visitors conversions",
  v_parity_daily:
    "event_date model_version compared exact bit_equal max_abs_diff version_mismatch status",
  v_activation_daily:
    "event_date destination attempted accepted rejected accepted_share p95_latency_ms status",
  v_tag_daily:
    "event_date bundle_version loads scored blocked_by_consent signature_failures wasm_unsupported p75_load_ms p75_score_us " +
    "errors status",
  v_alerts:
    "alert_id opened_at closed_at severity rule value threshold run_id recipients acknowledged_at cause",
};
