//! The views: from which table, which rows, which columns, and what they mean. SQL and the rows of a warehouse in a folder
//! are both made of this.

use crate::monitor::rows::Table;
use crate::monitor::tables;
use crate::warehouse::runs;
use crate::warehouse::table::Type;

/// Type of a view's column, as BigQuery names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Int64,
    Float64,
    String,
    Bool,
    Date,
    Timestamp,
}

impl Kind {
    /// BigQuery's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int64 => "INT64",
            Self::Float64 => "FLOAT64",
            Self::String => "STRING",
            Self::Bool => "BOOL",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
        }
    }
}

/// What is done with a table's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It is shown.
    Shown,
    /// It is hidden in a group below the least cell.
    Hidden,
    /// Not a value of the table, but whether the group is below the least cell.
    Suppressed,
    /// A view of its own kind says.
    Special,
}

/// A column of a view.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, as in the table.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What is done with the value.
    pub form: Form,
    /// What it means.
    pub description: &'static str,
}

/// Which rows of a table are shown, of those of the last 365 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// All of them.
    All,
    /// Of each of these keys those that were written last.
    LastOf(&'static [&'static str]),
    /// A view of its own kind: the day's health, with how old the scores are by now.
    Health,
    /// A view of its own kind: the runs.
    Runs,
}

/// A view.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub description: &'static str,
    /// Where its rows come from.
    pub table: Table,
    /// Which of them.
    pub rows: Rows,
    /// Its columns.
    pub columns: &'static [Column],
    /// Columns that its rows are ordered by.
    pub order: &'static [&'static str],
}

/// The table of runs.
pub const RUNS: Table = Table { name: runs::TABLE, columns: runs::COLUMNS };

macro_rules! form {
    () => {
        Form::Shown
    };
    (hidden) => {
        Form::Hidden
    };
    (suppressed) => {
        Form::Suppressed
    };
    (special) => {
        Form::Special
    };
}

macro_rules! views {
    ($($name:literal of $table:expr, $rows:expr, by [$($order:literal),*]: $about:literal {
        $($column:ident: $kind:ident $(($form:ident))? $text:literal;)*
    })*) => {
        /// All of them, in the order of the page.
        pub const VIEWS: &[View] = &[$(View {
            name: $name,
            description: $about,
            table: $table,
            rows: $rows,
            columns: &[$(Column {
                name: stringify!($column),
                kind: Kind::$kind,
                form: form!($($form)?),
                description: $text,
            }),*],
            order: &[$($order),*],
        }),*];
    };
}

const MODEL: &[&str] = &["model_version"];
const EVENT: &[&str] = &["event_date", "model_version"];

views! {
    "v_health_today" of tables::HEALTH, Rows::Health, by []: "One row: whether today's scores can be trusted" {
        as_of: Date "the last day that a run has worked on";
        last_run_id: String (special) "the run that began last";
        last_run_status: String (special) "done or failed";
        last_score_date: Date (special) "the day of the last scores; null when that run had no model";
        hours_since_score: Float64 (special) "hours since the last scores were written";
        visitors_scored: Int64 "visitors with a score";
        visitors_median_28d: Float64 "median of visitors_scored of the same weekday in the 28 days before; null with fewer than two";
        model_version: String "the model, that of visitors where one serves";
        model_age_days: Int64 "days since the last day that it was trained on";
        calibration_ratio: Float64 "predicted over observed conversions of the last four weeks with known outcomes";
        auc_realised: Float64 "AUC of the same scores";
        auc_estimated: Float64 "AUC that the scores of the day promise, without outcomes (CBPE)";
        worst_psi_feature: String "the feature to look at first, or `score`: of those with the worst status the one that differs most from the training";
        worst_psi: Float64 "its population stability index";
        parity_share: Float64 "share of compared scores of browsers that are those of the warehouse";
        activation_accepted_share: Float64 "share of the scores sent that Google Analytics has taken";
        status: String (special) "green, amber, red or grey: the worst of all checks";
        status_reason: String (special) "a sentence about the worst of them";
        status_freshness: String (special) "by hours_since_score";
        status_volume: String "did the data come?";
        status_calibration: String "does 0.30 mean 30 %?";
        status_auc: String "are visitors ordered as well as in the test?";
        status_lift: String "does the top tenth hold as many conversions as in the test?";
        status_drift: String "has the world changed?";
        status_segments: String "is some group scored badly?";
        status_tag: String "do pages tell of scores?";
        status_parity: String "do browser and warehouse agree?";
        status_activation: String "did scores reach Google Analytics?";
    }
    "v_run_history" of RUNS, Rows::Runs, by ["started_at", "run_id", "status"]: "A row is a run of the daily job, or a day of a backfill; those of the last 365 days" {
        run_id: String (special) "the same work has the same id";
        run_date: Date (special) "the day that was worked on";
        trigger: String (special) "cloud_run_job, server or command";
        started_at: Timestamp (special) "when it began";
        finished_at: Timestamp (special) "when it ended";
        duration_s: Float64 (special) "seconds";
        status: String (special) "done or failed";
        failed_stage: String (special) "the step that failed";
        error_id: String (special) "the section of the runbook";
        rows_read: Int64 (special) "rows of the export";
        rows_clean: Int64 (special) "events that came of them";
        rows_rejected: Int64 (special) "rows that speak against the export";
        rows_scored: Int64 (special) "scores";
        rows_activated: Int64 (special) "scores of the day that Google Analytics has taken";
        bytes_billed: Int64 (special) "bytes that its queries in BigQuery were billed for, but for those of the monitor";
        model_version: String (special) "the models, joined by a comma";
        code_version: String (special) "version of the program";
        alert_sent_at: Timestamp (special) "when an alert of this run was opened";
    }
    "v_volume_daily" of tables::VOLUME, Rows::All, by ["event_date"]: "A row is a day of the site" {
        event_date: Date "the day";
        events: Int64 "events after cleansing";
        sessions: Int64 "sessions with an event on the day";
        visitors: Int64 "visitors with an event on the day";
        visitors_scored: Int64 "visitors with a score of the visitor target";
        late_events: Int64 "events that came after the first run of the day";
        null_client_id_share: Float64 "share of rows without a visitor id (no consent)";
        median_28d: Float64 "median of the visitors of the same weekday in the 28 days before";
        band_low: Float64 "least visitors that are green";
        band_high: Float64 "most visitors that are green";
        status: String "green, amber, red or grey";
    }
    "v_model_versions" of tables::MODELS, Rows::LastOf(MODEL), by ["promoted_at", "model_version"]: "A row is a trained model" {
        model_version: String "target, last day of the training, hash";
        alias: String "in-service, challenger, or null";
        algorithm: String "trees or linear";
        features: Int64 "features that it reads";
        train_from: Date "first day of the training";
        train_to: Date "last day of the training";
        train_rows: Int64 "rows of the training";
        positives: Int64 "of them followed by a conversion";
        auc_holdout: Float64 "AUC on later days";
        pr_auc_holdout: Float64 "average precision on later days";
        ece_holdout: Float64 "expected calibration error on later days";
        released_at: Timestamp "since when a release has the model; null for one that was in none";
        promoted_at: Date "first day that it scored";
        retired_at: Date "first day that it no longer scored";
        sha256: String "SHA-256 of its bundle";
        key_id: String "the key that signed that release";
        size_bytes: Int64 "bytes of its bundle";
    }
    "v_calibration" of tables::CALIBRATION, Rows::LastOf(MODEL), by ["model_version", "bin"]: "A row is a bin of the scores of the last four weeks with known outcomes" {
        model_version: String "the model";
        window_start: Date "first day of the scores";
        window_end: Date "last day of the scores";
        bin: Int64 "1 holds the lowest scores";
        score_low: Float64 "lowest score";
        score_high: Float64 "highest score";
        visitors: Int64 "scores";
        predicted_mean: Float64 "mean score";
        observed_rate: Float64 "share that came true";
        ci_low: Float64 "lower end of its 95 % interval (Wilson)";
        ci_high: Float64 "upper end";
        labels_mature: Bool "whether the outcomes are known: always";
        status: String "green, amber, red or grey";
    }
    "v_gains_deciles" of tables::GAINS, Rows::LastOf(MODEL), by ["model_version", "decile"]: "A row is a tenth of the scores of the last four weeks with known outcomes" {
        model_version: String "the model";
        window_start: Date "first day of the scores";
        window_end: Date "last day of the scores";
        decile: Int64 "1 holds the highest scores";
        visitors: Int64 "scores";
        conversions: Float64 "of them came true; equal scores that cross a border count by their share";
        conversion_rate: Float64 "share that came true";
        lift: Float64 "that share over the share of all";
        cum_visitors_share: Float64 "share of scores in this tenth and those above";
        cum_conversions_share: Float64 "share of conversions in this tenth and those above";
        base_rate: Float64 "share of all that came true";
    }
    "v_roc_pr_points" of tables::CURVE, Rows::LastOf(MODEL), by ["model_version", "flagged_share"]: "A row is a threshold on the scores of the last four weeks with known outcomes" {
        model_version: String "the model";
        window_start: Date "first day of the scores";
        window_end: Date "last day of the scores";
        threshold: Float64 "scores from it on are flagged";
        tp: Float64 "flagged, and came true";
        fp: Float64 "flagged, and did not";
        tn: Float64 "not flagged, and did not come true";
        fn: Float64 "not flagged, and came true";
        tpr: Float64 "true positive rate";
        fpr: Float64 "false positive rate";
        precision: Float64 "share of the flagged that came true";
        recall: Float64 "the true positive rate";
        flagged_share: Float64 "share that is flagged";
    }
    "v_performance_daily" of tables::PERFORMANCE, Rows::LastOf(&["event_date", "model_version", "metric"]), by ["event_date", "model_version", "metric"]: "A row is a measure of a day's scores" {
        event_date: Date "the day of the scores";
        model_version: String "the model";
        metric: String "auc, pr_auc, log_loss, brier, ece (calibration error), calibration_ratio, lift (of the top tenth)";
        value_realised: Float64 "by known outcomes";
        value_estimated: Float64 "what the scores promise, without outcomes (CBPE)";
        ref_mean: Float64 "in the model's test";
        low: Float64 "two standard deviations below it";
        high: Float64 "two above";
        labels: Int64 "scores";
        labels_mature: Bool "whether their outcomes are known";
        status: String "green, amber, red or grey; of the AUC";
    }
    "v_score_histogram" of tables::SCORES, Rows::All, by ["event_date", "model_version", "channel", "bin_low"]: "A row is a bar of a day's scores" {
        event_date: Date "the day";
        model_version: String "the model";
        channel: String "channel of the latest session, or all; channels of few visitors are left out";
        bin_low: Float64 "from this score on";
        bin_high: Float64 "below this one";
        visitors: Int64 "scores";
        share: Float64 "share of the channel's scores";
        ref_share: Float64 "share of all scores in the training";
    }
    "v_drift_daily" of tables::DRIFT, Rows::All, by ["event_date", "model_version", "drift_rank"]: "A row is a feature of a model on a day, or its score, against the training" {
        event_date: Date "the day";
        model_version: String "the model";
        feature: String "the feature; score is what the model says";
        feature_type: String "number or category";
        psi: Float64 "population stability index";
        js_distance: Float64 "Jensen-Shannon distance, natural logarithm";
        wasserstein_norm: Float64 "Wasserstein distance in standard deviations of the training; null for categories";
        null_share: Float64 "share where it is missing";
        ref_null_share: Float64 "the same in the training";
        n: Int64 "visitors, of a session model page views, of the sample that was looked at";
        drift_rank: Int64 "1 has the largest PSI";
        status: String "green, amber, red or grey";
    }
    "v_segment_performance" of tables::SEGMENTS, Rows::LastOf(MODEL), by ["model_version", "dimension", "segment"]: "A row is a group of the scores of the last four weeks with known outcomes" {
        model_version: String "the model";
        window_end: Date "last day of the scores";
        dimension: String "device, channel, visitor, country";
        segment: String "the group";
        visitors: Int64 (hidden) "scores";
        conversions: Int64 (hidden) "of them came true";
        conversion_rate: Float64 (hidden) "share that came true";
        mean_score: Float64 (hidden) "mean score";
        calibration_ratio: Float64 (hidden) "mean score over the share that came true";
        lift_top10: Float64 (hidden) "lift of the top tenth";
        auc: Float64 (hidden) "AUC";
        suppressed: Bool (suppressed) "whether the figures are hidden because the group is small";
        status: String (hidden) "green, amber, red or grey";
    }
    "v_conversions_by_decile_daily" of tables::DECILES, Rows::LastOf(&["event_date", "model_version", "decile"]), by ["event_date", "model_version", "decile"]: "A row is a tenth of a day's scores with known outcomes" {
        event_date: Date "the day of the scores";
        model_version: String "the model";
        decile: Int64 "1 holds the highest scores of the day";
        visitors: Int64 "scores";
        conversions: Int64 "of them came true";
    }
    "v_parity_daily" of tables::PARITY, Rows::LastOf(EVENT), by ["event_date", "model_version"]: "A row is a day's scores of browsers that came back in the export, against the warehouse's" {
        event_date: Date "the day";
        model_version: String "the model";
        compared: Int64 "scores that were compared";
        exact: Int64 "of them told exactly, not in steps of 0.05";
        bit_equal: Int64 "of the compared equal, as far as they were told: to the last bit those told exactly";
        max_abs_diff: Float64 "largest difference; of scores told in steps the distance from the step";
        version_mismatch: Int64 "scores of another model, which are not compared";
        status: String "green, amber, red or grey";
    }
    "v_activation_daily" of tables::ACTIVATION, Rows::LastOf(&["event_date", "destination"]), by ["event_date", "destination"]: "A row is a day's upload to a destination" {
        event_date: Date "the day of the upload";
        destination: String "data-manager, measurement-protocol or data-import";
        attempted: Int64 "scores that were sent, or refused";
        accepted: Int64 "of them taken";
        rejected: Int64 "of them refused, or missing in the export";
        accepted_share: Float64 "share that was taken";
        p95_latency_ms: Float64 "95th percentile of the time from plan to sending";
        status: String "green, amber, red or grey";
    }
    "v_tag_daily" of tables::TAG, Rows::LastOf(&["event_date", "bundle_version"]), by ["event_date", "bundle_version"]: "A row is what pages told of the tag on a day" {
        event_date: Date "the day";
        bundle_version: String "the bundle";
        loads: Int64 "sessions of the day, in which the tag can have told a score; on the row of the bundle that told most";
        scored: Int64 "sessions that told a score; one that told scores of two bundles is on the row of the one with more scores";
        blocked_by_consent: Int64 "events of the day without a visitor's id, most for want of consent, of which no score can be made; on the row of loads";
        signature_failures: Int64 "pages that told that the release did not pass the checks, and was not run; on the row of loads";
        wasm_unsupported: Int64 "pages that told that the browser, or the page's policy, does not let the tag check or score; on the row of loads";
        p75_load_ms: Float64 "milliseconds from consent within which the scorer was ready on three of four pages that told it";
        p75_score_us: Float64 "null: clocks of browsers are too coarse to time a score";
        errors: Int64 "pages that told of no score for another reason, stopping excepted; on the row of loads";
        status: String "green, amber, red or grey";
    }
    "v_alerts" of tables::ALERTS, Rows::LastOf(&["alert_id"]), by ["opened_at", "alert_id"]: "A row is a check that turned red" {
        alert_id: String "rule and day";
        opened_at: Timestamp "when it turned red";
        closed_at: Timestamp "when it was red no more";
        severity: String "red";
        rule: String "the check, and what it is about";
        value: Float64 "what was measured";
        threshold: Float64 "the limit";
        run_id: String "the run that opened it";
        recipients: Int64 "people who are mailed";
        acknowledged_at: Timestamp "when somebody said that it is seen, by inkling alert acknowledge";
        cause: String "a sentence";
    }
}

/// The type of a table's column in BigQuery.
#[must_use]
pub fn stored(of: Type) -> Kind {
    match of {
        Type::Bool => Kind::Bool,
        Type::I32 | Type::I64 => Kind::Int64,
        Type::F32 | Type::F64 => Kind::Float64,
        Type::Date => Kind::Date,
        Type::Text | Type::Bytes => Kind::String,
    }
}
