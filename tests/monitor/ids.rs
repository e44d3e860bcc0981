//! No table of the monitor, no view, no document and no mail says who a visitor is.

use super::planted::quiet;
use batch_service::monitor::outcomes;
use batch_service::monitor::tables::TABLES;
use batch_service::monitor::views::{VIEWS, stored};
use batch_service::shards::Shards;
use batch_service::warehouse::read::TableReader;
use batch_service::warehouse::{Warehouse, events_clean};
use std::collections::BTreeSet;

/// Every visitor that the warehouse knows.
fn visitors(warehouse: &dyn Warehouse) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for day in warehouse.partitions(events_clean::TABLE).unwrap() {
        let events = events_clean::load(warehouse, day).unwrap().unwrap();
        found.extend(events.rows.iter().map(|row| events.text(row.user).to_owned()));
    }
    found
}

/// Ids that a text holds; they are made of digits and a point.
fn ids_in(text: &str, visitors: &BTreeSet<String>) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|word| word.trim_matches('.')).filter(|word| visitors.contains(*word)).map(str::to_owned).collect()
}

#[test]
fn nothing_says_who_a_visitor_is() {
    let planted = quiet("ids");
    // An alert and its mail, too.
    let day = planted.next_days()[0];
    planted.plant(day, |mut rows| {
        rows.truncate(rows.len() / 3);
        rows
    });
    let ran = planted.run(day);
    let place = planted.place();
    let warehouse = &*place.warehouse;
    let visitors = visitors(warehouse);
    assert!(visitors.len() > 10_000, "{}", visitors.len());
    let sample = visitors.iter().next().unwrap();
    assert_eq!(ids_in(&format!("so {sample}, and 1.5."), &visitors), std::slice::from_ref(sample), "they can be found");

    let _ = planted.call(&["dashboard", "data", "--out", "data.json"]);
    let _ = planted.document();
    for file in ["data.json", "page.html"] {
        let text = std::fs::read_to_string(planted.folder.at(file)).unwrap();
        assert!(text.len() > 100_000, "{}", text.len());
        assert_eq!(ids_in(&text, &visitors), Vec::<String>::new(), "{file}");
    }
    assert_eq!(ids_in(&ran.stdout, &visitors), Vec::<String>::new(), "in what the job says");
    let mails = planted.mail.messages();
    assert_eq!(mails.len(), 1);
    assert_eq!(ids_in(&mails[0].to_string(), &visitors), Vec::<String>::new(), "in the mail");

    let names = TABLES.iter().map(|table| table.name).chain([outcomes::TABLE]);
    let mut texts = 0;
    for name in names {
        for day in warehouse.partitions(name).unwrap() {
            for path in warehouse.files(name, day, Shards::ALL).unwrap() {
                let file = TableReader::open(&path).unwrap();
                for group in 0..file.groups() {
                    for (column, of) in file.columns().unwrap() {
                        if stored(of).name() != "STRING" {
                            continue;
                        }
                        let cells = file.column(group, &column).unwrap();
                        for text in cells.texts().unwrap().into_iter().flatten() {
                            texts += 1;
                            assert!(ids_in(text, &visitors).is_empty(), "{name}.{column}: {text}");
                        }
                    }
                }
            }
        }
    }
    assert!(texts > 50_000, "{texts}");
}

/// Every view, and every column, says what it is.
#[test]
fn views_and_columns_are_described() {
    assert_eq!(VIEWS.len(), 16);
    for view in VIEWS {
        assert!(view.description.len() > 10, "{}", view.name);
        let mut seen = BTreeSet::new();
        for column in view.columns {
            assert!(column.description.len() > 2, "{}.{}", view.name, column.name);
            assert!(seen.insert(column.name), "{}.{} twice", view.name, column.name);
        }
    }
}

/// The columns are those of docs/DASHBOARD.md, which the page reads; those that it can do without stand behind them.
#[test]
fn views_have_the_columns_that_the_page_reads() {
    let text = std::fs::read_to_string(conformance::world::repository().join("docs/DASHBOARD.md")).unwrap();
    for view in VIEWS {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", view.name)))
            .unwrap_or_else(|| panic!("{}", view.name));
        let columns = line.split('|').nth(2).unwrap();
        // What stands in brackets explains.
        let mut bare = String::new();
        let mut depth = 0;
        for c in columns.chars() {
            depth += i32::from(c == '(');
            if depth == 0 {
                bare.push(c);
            }
            depth -= i32::from(c == ')');
        }
        let bare = bare.replace("; optional ", ", ").replace(" of `visitors`", "");
        let documented: BTreeSet<&str> = bare.split(',').map(str::trim).collect();
        let ours: BTreeSet<&str> = view.columns.iter().map(|c| c.name).collect();
        assert_eq!(ours, documented, "{}", view.name);
    }
}
