//! The table `snapshots`: exactly what models are trained on.

use super::start::{TRAINED_TO, copy};
use batch_service::config::CloudConfig;
use batch_service::jobs::train;
use batch_service::place::Place;
use batch_service::shards::Shards;
use batch_service::training::table::{TABLE, column_name};
use batch_service::warehouse::read::TableReader;

#[test]
fn the_table_holds_the_training_rows() {
    let (folder, _) = copy("snapshots");
    let place =
        Place::open(&folder.at("warehouse"), None, None, &CloudConfig::default(), || panic!("a profile is there"))
            .unwrap();
    let rows = train::snapshots(&place, None, TRAINED_TO.parse().unwrap()).unwrap();
    let days = place.warehouse.partitions(TABLE).unwrap();
    assert!(days.len() >= 10, "{days:?}");
    for (target, made) in [("session", &rows.session), ("visitor", &rows.daily)] {
        // By day, then in the order in which they were made.
        let mut order: Vec<usize> = (0..made.len()).collect();
        order.sort_by_key(|row| made.day[*row]);
        let mut expected = order.iter();
        let mut conversions = 0;
        for day in &days {
            let file = TableReader::open(&place.warehouse.files(TABLE, *day, Shards::ALL).unwrap()[0]).unwrap();
            for group in 0..file.groups() {
                let column = |name: &str| file.column(group, name).unwrap();
                let (targets, users) = (column("target"), column("user_pseudo_id"));
                if targets.texts().unwrap()[0] != Some(target) {
                    continue;
                }
                let (users, labels) = (users.texts().unwrap(), column("label").bools().unwrap());
                let weights = column("weight").f64s().unwrap();
                let features: Vec<_> =
                    made.names.iter().map(|name| column(&column_name(name)).f64s().unwrap()).collect();
                for at in 0..users.len() {
                    let row = *expected.next().expect("a row more than were made");
                    assert_eq!(users[at], Some(&*rows.users[made.visitor[row] as usize]));
                    assert_eq!(labels[at], Some(made.label[row]));
                    assert_eq!(weights[at], Some(f64::from(made.weight[row])));
                    for (name, (column, feature)) in made.names.iter().zip(made.columns.iter().zip(&features)) {
                        let value = Some(f64::from(column[row])).filter(|x| !x.is_nan());
                        assert_eq!(feature[at], value, "{name} of row {row}");
                    }
                    conversions += usize::from(made.label[row]);
                }
            }
        }
        assert_eq!(expected.next(), None, "a {target} row is missing");
        assert!(conversions > 0);
        println!("{target}: {} rows, {conversions} conversions, {} features", made.len(), made.names.len());
    }
}
