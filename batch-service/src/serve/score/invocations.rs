//! MLflow's `POST /invocations`: rows of features in, predictions out, for callers that make features themselves.

use super::body::{TargetWord, Unread, parse_of_python};
use super::model::{Head, Loaded};
use super::{LONGEST_OF_MANY, Scoring, json, openapi};
use crate::object;
use crate::serve::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use model_core::{Model, Scratch, Target};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Rows of one request.
const MOST: usize = 10_000;

type Cell = Option<f64>;

/// Rows of features in one of MLflow's forms. Columns are features of the model by name; what is not there, or null, is
/// missing; so is the bare word `NaN`, which Python writes for it. At most 10,000 rows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invocation {
    /// Columns and rows, as of `DataFrame.to_dict(orient="split")`.
    #[serde(default, deserialize_with = "object::option")]
    dataframe_split: Option<Split>,
    /// A row of features by name each.
    #[serde(default)]
    dataframe_records: Option<Vec<BTreeMap<String, Cell>>>,
    /// The same, or rows of all features in the order of the model.
    #[serde(default)]
    instances: Option<Instances>,
    /// The same, or columns by name.
    #[serde(default)]
    inputs: Option<Inputs>,
    /// What is asked.
    #[serde(default, deserialize_with = "object::option")]
    params: Option<Params>,
}

/// `DataFrame.to_dict(orient="split")`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Names of the rows, which are not looked at.
    #[serde(default, rename = "index")]
    #[schema(value_type = Option<Vec<serde_json::Value>>)]
    _index: Option<Vec<serde::de::IgnoredAny>>,
    /// Features.
    columns: Vec<String>,
    /// Rows.
    data: Vec<Vec<Cell>>,
}

/// Rows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Instances {
    /// By name.
    Records(Vec<BTreeMap<String, Cell>>),
    /// In the order of the model's features.
    Rows(Vec<Vec<Cell>>),
}

/// Rows or columns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Inputs {
    /// Columns by name.
    Columns(BTreeMap<String, Vec<Cell>>),
    /// By name.
    Records(Vec<BTreeMap<String, Cell>>),
    /// In the order of the model's features.
    Rows(Vec<Vec<Cell>>),
}

/// Parameters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which model; `session` without.
    #[serde(default)]
    target: Option<TargetWord>,
}

/// A calibrated probability for each row.
#[derive(Debug, Serialize, ToSchema)]
pub struct Predictions {
    predictions: Vec<f64>,
}

/// Scores of rows of features.
///
/// # Errors
/// The problem that is the answer.
#[utoipa::path(
    post,
    path = "/invocations",
    request_body(content = Invocation, content_type = "application/json"),
    responses(
        (status = 200, description = "A probability for each row.", body = Predictions),
        (status = "default", response = openapi::ProblemResponse),
    ),
    security(("token" = [])),
)]
pub async fn invocations(State(scoring): State<Arc<Scoring>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let caller = scoring.caller(&head.headers).await?;
    scoring.count(&caller)?;
    let bytes = scoring.bytes(&head.headers, body, LONGEST_OF_MANY).await?;
    let models = scoring.models()?;
    // A megabyte of rows takes a core for some tens of milliseconds.
    let worked = tokio::task::spawn_blocking(move || predict(&models, parse_of_python(&bytes)?));
    let failed = |e: &dyn std::error::Error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, e.to_string());
    let predictions = worked.await.map_err(|e| failed(&e))?.map_err(|why| scoring.unread(why))?;
    Ok(json(serde_json::to_vec(&Predictions { predictions }).map_err(|e| failed(&e))?))
}

fn predict(models: &Loaded, body: Invocation) -> Result<Vec<f64>, Unread> {
    let Invocation { dataframe_split, dataframe_records, instances, inputs, params } = body;
    let target = params.and_then(|params| params.target).map_or(Target::Session, TargetWord::target);
    let found = models.heads.iter().zip(models.bundle.models()).find(|(head, _)| head.target == target);
    let Some((head, model)) = found else {
        return Err(wrong(format!("params.target: no model of `{}` is in service", target.as_str())));
    };
    let table = Table { head, model };
    match (dataframe_split, dataframe_records, instances, inputs) {
        (Some(split), None, None, None) => {
            let places = table.places("dataframe_split.columns", &split.columns)?;
            table.rows("dataframe_split.data", &places, &split.data)
        }
        (None, Some(records), None, None) => table.records("dataframe_records", &records),
        (None, None, Some(Instances::Records(records)), None) => table.records("instances", &records),
        (None, None, Some(Instances::Rows(rows)), None) => table.in_order("instances", &rows),
        (None, None, None, Some(Inputs::Records(records))) => table.records("inputs", &records),
        (None, None, None, Some(Inputs::Rows(rows))) => table.in_order("inputs", &rows),
        (None, None, None, Some(Inputs::Columns(columns))) => table.columns(&columns),
        _ => Err(wrong("one of `dataframe_split`, `dataframe_records`, `instances`, `inputs` is needed".to_owned())),
    }
}

fn wrong(detail: String) -> Unread {
    Unread::unprocessable(detail)
}

/// The model that rows are for.
struct Table<'a> {
    head: &'a Head,
    model: &'a Model,
}

impl Table<'_> {
    /// Where in the model's row a feature stands.
    fn place(&self, of: &str, name: &str) -> Result<usize, Unread> {
        let place = self.head.names.iter().position(|known| known == name);
        place.ok_or_else(|| wrong(format!("{of}: the model has no feature `{name}`")))
    }

    fn places(&self, of: &str, names: &[String]) -> Result<Vec<usize>, Unread> {
        let mut seen = HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
            return Err(wrong(format!("{of}: `{twice}` twice")));
        }
        names.iter().map(|name| self.place(of, name)).collect()
    }

    fn rows(&self, of: &str, places: &[usize], rows: &[Vec<Cell>]) -> Result<Vec<f64>, Unread> {
        let length = |i: usize| wrong(format!("{of}[{i}]: {} numbers are needed", places.len()));
        let mut all = Scored::new(self.model, self.head.names.len(), of, rows.len())?;
        for (i, row) in rows.iter().enumerate() {
            if row.len() != places.len() {
                return Err(length(i));
            }
            all.add(places.iter().copied().zip(row.iter().copied()));
        }
        Ok(all.scores)
    }

    fn in_order(&self, of: &str, rows: &[Vec<Cell>]) -> Result<Vec<f64>, Unread> {
        let places: Vec<usize> = (0..self.head.names.len()).collect();
        self.rows(of, &places, rows)
    }

    fn records(&self, of: &str, records: &[BTreeMap<String, Cell>]) -> Result<Vec<f64>, Unread> {
        let mut all = Scored::new(self.model, self.head.names.len(), of, records.len())?;
        let mut cells = Vec::new();
        for (i, record) in records.iter().enumerate() {
            cells.clear();
            for (name, cell) in record {
                cells.push((self.place(&format!("{of}[{i}]"), name)?, *cell));
            }
            all.add(cells.iter().copied());
        }
        Ok(all.scores)
    }

    fn columns(&self, columns: &BTreeMap<String, Vec<Cell>>) -> Result<Vec<f64>, Unread> {
        let count = columns.values().next().map_or(0, Vec::len);
        let mut places = Vec::new();
        for (name, cells) in columns {
            if cells.len() != count {
                return Err(wrong(format!("inputs: `{name}` has {} values, the first column {count}", cells.len())));
            }
            places.push((self.place("inputs", name)?, cells));
        }
        let mut all = Scored::new(self.model, self.head.names.len(), "inputs", count)?;
        for i in 0..count {
            all.add(places.iter().map(|(place, cells)| (*place, cells.get(i).copied().flatten())));
        }
        Ok(all.scores)
    }
}

/// Scores rows one after another.
struct Scored<'a> {
    model: &'a Model,
    row: Vec<f32>,
    scratch: Scratch,
    scores: Vec<f64>,
}

impl<'a> Scored<'a> {
    fn new(model: &'a Model, features: usize, of: &str, rows: usize) -> Result<Self, Unread> {
        if rows > MOST {
            return Err(wrong(format!("{of}: at most {MOST} rows")));
        }
        Ok(Self { model, row: vec![f32::NAN; features], scratch: Scratch::default(), scores: Vec::with_capacity(rows) })
    }

    fn add(&mut self, cells: impl Iterator<Item = (usize, Cell)>) {
        self.row.fill(f32::NAN);
        for (place, cell) in cells {
            if let (Some(to), Some(value)) = (self.row.get_mut(place), cell) {
                *to = value as f32;
            }
        }
        self.scores.push(self.model.score(&self.row, &mut self.scratch));
    }
}
