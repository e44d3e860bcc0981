//! The area under the ROC curve that imported models reach on rows that they have not seen.

use super::compare::{Rows, numbers};
use batch_service::import::convert;
use batch_service::metrics::{Ranked, auc};
use serde_json::Value;
use std::path::Path;

/// Least mean AUC of each table, of LightGBM as it comes.
const LEAST: [(&str, f64); 2] = [("uci", 0.93), ("leads", 0.89)];

/// AUC of a model's own rows, as we score them.
fn reached(out: &Path, test: &Value) -> f64 {
    let text = |key: &str| test[key].as_str().unwrap();
    let plain = convert(&std::fs::read(out.join(text("model"))).unwrap(), text("model")).unwrap();
    let rows = Rows::read(&out.join(text("rows")), test["width"].as_u64().unwrap() as usize);
    let labels: Vec<bool> = numbers(&out.join(text("labels")), i32::from_le_bytes).iter().map(|y| *y == 1).collect();
    let scores: Vec<f64> = rows.iter().map(|row| plain.probability(row)).collect();
    let clusters: Vec<u32> = (0..scores.len() as u32).collect();
    let ranked = Ranked::new(&scores, &labels, &vec![1.0; scores.len()], &clusters);
    auc(&ranked, &ranked.weight)
}

/// Compares with what scikit-learn measured of Python's scores.
pub fn check(out: &Path) {
    let promised: Value = serde_json::from_slice(&std::fs::read(out.join("promised.json")).unwrap()).unwrap();
    for (table, least) in LEAST {
        let Some(tests) = promised[table].as_array() else {
            eprintln!("{table}: the table is not here, so its AUC is not measured");
            continue;
        };
        let mut sum = 0.0;
        for test in tests {
            let (ours, theirs) = (reached(out, test), test["auc"].as_f64().unwrap());
            assert!((ours - theirs).abs() <= 1e-9, "{table}: {ours} where Python has {theirs}");
            sum += ours;
        }
        let mean = sum / tests.len() as f64;
        eprintln!("{table}: AUC {mean:.4}, the mean of {} models on rows that they have not seen", tests.len());
        assert!(mean >= least, "{table}: {mean}");
    }
}
