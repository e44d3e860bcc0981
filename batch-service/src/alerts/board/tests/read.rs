use super::*;
use std::collections::BTreeMap;

fn health(cells: &[(&str, Cell)]) -> Board {
    let view = VIEWS.iter().find(|view| view.name == HEALTH).unwrap();
    let mut named: BTreeMap<&str, Cell> = cells.iter().cloned().collect();
    let row: Row = view.columns.iter().map(|c| named.remove(c.name).unwrap_or(Cell::Null)).collect();
    assert!(named.is_empty(), "{named:?}");
    of(&Health { view, row: &row }, "northgate")
}

#[test]
fn a_day_gives_its_six_figures() {
    let board = health(&[
        ("as_of", Cell::Date(jiff::civil::date(2026, 11, 24))),
        ("status", "amber".into()),
        ("status_reason", "Visitors are 24 % fewer than usual.".into()),
        ("hours_since_score", Cell::Float(9.2)),
        ("status_freshness", "green".into()),
        ("visitors_scored", Cell::Int(1_017_804)),
        ("status_volume", "amber".into()),
        ("calibration_ratio", Cell::Float(1.056)),
        ("status_calibration", "green".into()),
        ("auc_realised", Cell::Float(0.812_34)),
        ("auc_estimated", Cell::Float(0.9)),
        ("status_auc", "green".into()),
        ("worst_psi", Cell::Float(0.003)),
        ("status_drift", "green".into()),
        ("parity_share", Cell::Float(0.999_97)),
        ("status_parity", "red".into()),
        ("status_tag", "green".into()),
    ]);
    assert_eq!((board.day.as_str(), board.status), ("2026-11-24", Status::Amber));
    assert_eq!(board.reason, "Visitors are 24 % fewer than usual");
    let told: Vec<(&str, Status)> = board.tiles.iter().map(|tile| (tile.value.as_str(), tile.status)).collect();
    let expected = [
        ("9 h ago", Status::Green),
        ("1,017,804", Status::Amber),
        ("1.06", Status::Green),
        ("0.812", Status::Green),
        ("<0.01", Status::Green),
        (">99.99%", Status::Red),
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_is_not_known_is_not_told() {
    let board = health(&[("auc_estimated", Cell::Float(0.75)), ("status_activation", "green".into())]);
    assert_eq!(board.day, "–");
    let told: Vec<&str> = board.tiles.iter().map(|tile| tile.value.as_str()).collect();
    assert_eq!(told, ["–", "–", "–", "0.750", "–", "–"]);
    // No score of a browser came back.
    assert!(board.tiles.iter().all(|tile| tile.status == Status::Grey) && board.status == Status::Grey);
}

#[test]
fn figures_are_short() {
    assert_eq!([0.2, 1.0, 71.6, 100.0].map(age), ["12 min ago", "1 h ago", "72 h ago", "4 days ago"]);
    assert_eq!([0.0, 999.0, 1_000.0].map(count), ["0", "999", "1,000"]);
    assert_eq!([1.0, 0.5, 0.9995, 0.123_45, 0.0].map(percent), ["100%", "50%", "99.95%", "12.3%", "0%"]);
}
