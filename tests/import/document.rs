//! The plain model as a pickled dict.

use batch_service::import::{Plain, convert};
use std::path::Path;

const ROWS: [[f32; 2]; 7] =
    [[1.0, 0.0], [f32::NAN, 0.0], [4.0, 0.0], [4.0, 1.0], [4.0, 2.0], [4.0, 3.0], [4.0, f32::NAN]];

/// The dict is the model of the JSON in every kind of file, and scores the same.
pub fn check(out: &Path) {
    let model = |file: &str| convert(&std::fs::read(out.join(file)).unwrap(), file).unwrap();
    let json = model("document.json");
    let scores = |plain: &Plain| ROWS.map(|row| plain.probability(&row).to_bits());
    assert_ne!(scores(&json)[0], scores(&json)[4]);
    let pickles = ["p2.pickle", "p3.pickle", "p4.pickle", "p5.pickle", "joblib"];
    let packed = ["joblib.gzip", "joblib.bz2", "joblib.lz4", "joblib.xz", "joblib.lzma"];
    for file in pickles.iter().chain(&packed).map(|end| format!("document.{end}")) {
        let pickled = model(&file);
        assert_eq!(pickled, json, "{file}");
        assert_eq!(scores(&pickled), scores(&json), "{file}");
    }
    let (mean, pickled) = (model("mean.json"), model("mean.pickle"));
    assert_eq!(mean, pickled);
    let sigmoid = |margin: f64| 1.0 / (1.0 + (-margin).exp());
    for row in ROWS {
        let margin = model("unshared.p5.pickle").margin(&row);
        // Its first tree is the mean's only one, and is there three times.
        let margin = -1.5 + (margin + 1.5) / 3.0;
        let expected = (sigmoid(margin) + sigmoid(2.0 * margin + 0.5)) / 2.0;
        assert!((mean.probability(&row) - expected).abs() < 1e-12, "{row:?}");
    }
    // The crate serde-pickle reads the same where nothing is shared. A list that is there twice it takes for one within itself.
    let other = |file: &str| {
        serde_pickle::from_slice::<Plain>(&std::fs::read(out.join(file)).unwrap(), serde_pickle::DeOptions::new())
    };
    for protocol in 2..=5 {
        let file = format!("unshared.p{protocol}.pickle");
        assert_eq!(other(&file).unwrap(), model(&file), "{file}");
        assert_eq!(model(&file), json, "{file}");
        let refused = other(&format!("document.p{protocol}.pickle")).unwrap_err().to_string();
        assert!(refused.contains("recursive structure"), "{refused}");
    }
}
