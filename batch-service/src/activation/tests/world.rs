//! A warehouse with scores, and a counterpart that keeps what it is given and loses replies.

use crate::activation::config::{Ga4Config, Way};
use crate::activation::report::UploadSummary;
use crate::activation::rules::Refused;
use crate::activation::upload::{Upload, UploadOptions};
use crate::activation::{Destination, Item, Names, Sent, Status};
use crate::fold::{STATE_COLUMNS, VISITOR_STATE};
use crate::ga4::Export;
use crate::place::Place;
use crate::profile::SiteProfile;
use crate::scores;
use crate::store::LocalStore;
use crate::warehouse::scratch::Scratch;
use crate::warehouse::table::{Cells, TableWriter};
use crate::warehouse::{Fence, LocalWarehouse};
use anyhow::{Result, anyhow};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub const DAY: Date = date(2026, 11, 20);

/// A visitor's id, in the order of numbers.
pub fn id(number: usize) -> String {
    format!("{:010}.{}", number, 1_700_000_000 + number)
}

pub struct World {
    pub scratch: Scratch,
    pub place: Place,
    pub config: Ga4Config,
}

impl World {
    pub fn new() -> Self {
        let scratch = Scratch::new();
        let root = scratch.path().join("warehouse");
        let place = Place {
            warehouse: Box::new(LocalWarehouse::open(&root).unwrap()),
            store: Box::new(LocalStore::new(root.join("store"))),
            name: "folder".into(),
            shared: Box::new(LocalStore::new(root.join(".run"))),
            site: SiteProfile::load("ga4-default").unwrap(),
        };
        let config = Ga4Config { property: Some("123".into()), stream: Some("456".into()), ..Ga4Config::default() };
        Self { scratch, place, config }
    }

    /// A day's scores and last events; visitors in their order.
    pub fn score(&self, day: Date, rows: &[(String, f64)]) {
        let epoch_day = (day - date(1970, 1, 1)).get_days();
        let warehouse = &*self.place.warehouse;
        let mut content = warehouse.replace(scores::TABLE, day).unwrap();
        let mut writer = TableWriter::new(content.part().unwrap(), scores::TABLE, scores::COLUMNS).unwrap();
        let mut states = warehouse.replace(VISITOR_STATE, day).unwrap();
        let mut state = TableWriter::new(states.part().unwrap(), VISITOR_STATE, STATE_COLUMNS).unwrap();
        let now = Timestamp::now().as_microsecond();
        for rows in rows.chunks(65_536) {
            let text = |of: fn(&(String, f64)) -> &str| Cells::texts(rows.iter().map(|row| Some(of(row))));
            let mut group = writer.group().unwrap();
            group.put(Cells::i32s(vec![epoch_day; rows.len()])).unwrap();
            group.put(text(|row| &row.0)).unwrap();
            group.put(Cells::i64s_optional(rows.iter().map(|_| None))).unwrap();
            group.put(text(|_| "visitor")).unwrap();
            group.put(Cells::f64s(rows.iter().map(|row| row.1).collect())).unwrap();
            group.put(text(|row| word(row.1))).unwrap();
            group.put(Cells::i32s(vec![1; rows.len()])).unwrap();
            for same in ["m", "b", "r"] {
                group.put(Cells::texts(rows.iter().map(|_| Some(same)))).unwrap();
            }
            group.put(Cells::texts(rows.iter().map(|_| None))).unwrap();
            group.finish().unwrap();
            let mut group = state.group().unwrap();
            group.put(text(|row| &row.0)).unwrap();
            group.put(Cells::i32s(vec![0; rows.len()])).unwrap();
            group.put(Cells::i64s(vec![now; rows.len()])).unwrap();
            group.put(Cells::i64s_optional(rows.iter().map(|_| None))).unwrap();
            group.put(Cells::bytes(rows.iter().map(|_| &b"x"[..]))).unwrap();
            group.finish().unwrap();
        }
        writer.finish().unwrap();
        state.finish().unwrap();
        warehouse.publish(vec![content, states], &Fence::none()).unwrap();
    }

    pub fn upload(&self, day: Date, site: &Site) -> Result<UploadSummary> {
        self.upload_and_look(day, site, None)
    }

    pub fn upload_and_look(&self, day: Date, site: &Site, export: Option<&dyn Export>) -> Result<UploadSummary> {
        let to: Box<dyn Destination> = Box::new(site.clone());
        Upload::to(&self.place, &self.config, export, day, UploadOptions::default(), to)?.send(&Fence::none())
    }
}

/// The band of a score.
pub fn word(score: f64) -> &'static str {
    match score {
        score if score < 0.3 => "low",
        score if score < 0.7 => "medium",
        _ => "high",
    }
}

/// What happens to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Taken,
    /// The process dies before it is sent.
    DiesBefore,
    /// The process dies when it was taken.
    DiesAfter,
    /// Taken, and the reply is lost.
    ReplyLost,
    /// Not taken, which nobody knows.
    Lost,
    TooLarge,
    Refused,
    /// The server asks to come back.
    Busy,
}

#[derive(Debug, Default)]
pub struct Kept {
    /// Bucket and band of each visitor, as they came last.
    pub values: BTreeMap<String, (String, String)>,
    pub rows: usize,
    pub batches: usize,
}

/// The counterpart.
#[derive(Clone)]
pub struct Site {
    pub kept: Arc<Mutex<Kept>>,
    pub batch: usize,
    pub fate: Arc<dyn Fn(usize, usize) -> Fate + Send + Sync>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site")
    }
}

impl Site {
    /// `fate` is asked with the number of the batch and its rows.
    pub fn new(batch: usize, fate: impl Fn(usize, usize) -> Fate + Send + Sync + 'static) -> Self {
        Self { kept: Arc::default(), batch, fate: Arc::new(fate) }
    }

    fn take(&self, items: &[Item<'_>]) {
        let mut kept = self.kept.lock().unwrap();
        kept.rows += items.len();
        for item in items {
            kept.values.insert(item.client_id.to_owned(), (item.bucket.word(), item.band.as_str().to_owned()));
        }
    }
}

impl Destination for Site {
    fn way(&self) -> Way {
        Way::DataManager
    }

    fn batch_rows(&self) -> usize {
        self.batch
    }

    fn check(&self, item: &Item<'_>) -> Result<(), Refused> {
        Names::of(&Ga4Config::default()).check_item(item)
    }

    fn payloads(&self, items: &[Item<'_>], _: Timestamp) -> Result<Vec<String>, Refused> {
        Ok(items.iter().map(|item| format!("{item:?}")).collect())
    }

    fn validate(&self, _: &[Item<'_>], _: Timestamp) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn send(&self, items: &[Item<'_>], _: Timestamp) -> Sent {
        let number = {
            let mut kept = self.kept.lock().unwrap();
            kept.batches += 1;
            kept.batches
        };
        match (self.fate)(number, items.len()) {
            Fate::DiesBefore => panic!("dies before batch {number}"),
            Fate::Lost => return Sent::Unknown(anyhow!("no answer")),
            Fate::TooLarge => return Sent::TooLarge,
            Fate::Refused => return Sent::Refused(anyhow!("status 400")),
            Fate::Busy => return Sent::NotReceived(anyhow!("status 429")),
            Fate::Taken | Fate::DiesAfter | Fate::ReplyLost => {}
        }
        self.take(items);
        match (self.fate)(number, items.len()) {
            Fate::DiesAfter => panic!("dies after batch {number}"),
            Fate::ReplyLost => Sent::Unknown(anyhow!("no answer")),
            _ => Sent::Received(Some(format!("request-{number}"))),
        }
    }

    fn status(&self, _: &str) -> Result<Option<Status>> {
        Ok(Some(Status { word: "SUCCESS".into(), ..Status::default() }))
    }

    fn echoes(&self) -> bool {
        true
    }
}
