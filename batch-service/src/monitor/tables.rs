//! The tables that the monitor writes. Their columns are described in docs/TABLES.md, and as those of the views.

use super::rows::Table;
use crate::warehouse::table::{Column, Type};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $table:literal { $($column:ident: $kind:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            pub const $name: Table = Table {
                name: $table,
                columns: &[$(Column::optional(stringify!($column), Type::$kind)),*],
            };
        )*

        /// All of them.
        pub const TABLES: &[Table] = &[$($name),*];
    };
}

tables! {
    /// One row: what the day's figures say together.
    HEALTH = "monitor_health" {
        as_of: Date, run_id: Text, run_status: Text, score_date: Date, scored_at: Text, visitors_scored: I64,
        visitors_median_28d: F64, model_version: Text, model_age_days: I64, calibration_ratio: F64, auc_realised: F64,
        auc_estimated: F64, worst_psi_feature: Text, worst_psi: F64, parity_share: F64, activation_accepted_share: F64,
        status_volume: Text, status_calibration: Text, status_auc: Text, status_lift: Text, status_drift: Text,
        status_segments: Text, status_tag: Text, status_parity: Text, status_activation: Text, status: Text,
        status_reason: Text,
    }
    /// One row: what came in on the day, and what is usual.
    VOLUME = "monitor_volume" {
        event_date: Date, events: I64, sessions: I64, visitors: I64, visitors_scored: I64, conversions: I64,
        late_events: I64, null_client_id_share: F64, median_28d: F64, band_low: F64, band_high: F64, status: Text,
        missing_hours: I64, single_view_share: F64, labels_expected: F64, labels_status: Text,
    }
    /// A row is a version of a model that the registry has.
    MODELS = "monitor_models" {
        model_version: Text, alias: Text, algorithm: Text, features: I64, train_from: Date, train_to: Date,
        train_rows: I64, positives: I64, auc_holdout: F64, pr_auc_holdout: F64, ece_holdout: F64, released_at: Text,
        promoted_at: Date, retired_at: Date, sha256: Text, key_id: Text, size_bytes: I64,
    }
    /// A row is a bin of the scores of a window.
    CALIBRATION = "monitor_calibration" {
        model_version: Text, window_start: Date, window_end: Date, bin: I64, score_low: F64, score_high: F64,
        visitors: I64, conversions: I64, predicted_mean: F64, observed_rate: F64, ci_low: F64, ci_high: F64,
        labels_mature: Bool, status: Text,
    }
    /// A row is a tenth of the scores of a window.
    GAINS = "monitor_gains" {
        model_version: Text, window_start: Date, window_end: Date, decile: I64, visitors: I64, conversions: F64,
        conversion_rate: F64, lift: F64, cum_visitors_share: F64, cum_conversions_share: F64, base_rate: F64,
    }
    /// A row is a threshold on the scores of a window.
    CURVE = "monitor_curve" {
        model_version: Text, window_start: Date, window_end: Date, threshold: F64, tp: F64, fp: F64, tn: F64, fn: F64,
        tpr: F64, fpr: F64, precision: F64, recall: F64, flagged_share: F64,
    }
    /// A row is a measure of a day's scores: when they were given, and once more when their labels are known.
    PERFORMANCE = "monitor_performance" {
        event_date: Date, model_version: Text, metric: Text, value_realised: F64, value_estimated: F64, ref_mean: F64,
        low: F64, high: F64, labels: I64, conversions: I64, labels_mature: Bool, status: Text,
    }
    /// A row is a bar of a day's scores.
    SCORES = "monitor_scores" {
        event_date: Date, model_version: Text, channel: Text, bin_low: F64, bin_high: F64, visitors: I64, share: F64,
        ref_share: F64,
    }
    /// A row is a feature of a model, or its score (`score`), against what the model was trained with.
    DRIFT = "monitor_drift" {
        event_date: Date, model_version: Text, feature: Text, feature_type: Text, psi: F64, js_distance: F64,
        wasserstein_norm: F64, null_share: F64, ref_null_share: F64, median: F64, ref_median: F64, n: I64,
        drift_rank: I64, status: Text,
    }
    /// A row is a segment of the scores of a window.
    SEGMENTS = "monitor_segments" {
        model_version: Text, window_start: Date, window_end: Date, dimension: Text, segment: Text, visitors: I64,
        conversions: I64, conversion_rate: F64, mean_score: F64, calibration_ratio: F64, lift_top10: F64, auc: F64,
        people: I64, converted: I64, status: Text,
    }
    /// A row is a tenth of a day's scores, when their labels are known.
    DECILES = "monitor_deciles" {
        event_date: Date, model_version: Text, decile: I64, visitors: I64, conversions: I64,
    }
    /// One row: scores of browsers that came back, against the warehouse's.
    PARITY = "monitor_parity" {
        event_date: Date, model_version: Text, compared: I64, exact: I64, bit_equal: I64, max_abs_diff: F64,
        version_mismatch: I64, status: Text,
    }
    /// A row is a day's upload to a destination, as far as it has come.
    ACTIVATION = "monitor_activation" {
        event_date: Date, destination: Text, attempted: I64, accepted: I64, rejected: I64, accepted_share: F64,
        p95_latency_ms: F64, status: Text,
    }
    /// A row is what pages told of the tag.
    TAG = "monitor_tag" {
        event_date: Date, bundle_version: Text, loads: I64, scored: I64, blocked_by_consent: I64,
        signature_failures: I64, wasm_unsupported: I64, p75_load_ms: F64, p75_score_us: F64, errors: I64, status: Text,
    }
    /// A row is an alert that is open, or was closed on the day.
    ALERTS = "monitor_alerts" {
        alert_id: Text, opened_at: Text, closed_at: Text, severity: Text, rule: Text, value: F64, threshold: F64,
        run_id: Text, recipients: I64, acknowledged_at: Text, cause: Text,
    }
}
