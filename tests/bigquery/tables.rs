//! Datasets, tables and insertions.

use super::State;
use super::http::{Answer, error};
use serde_json::{Value, json};

impl State {
    pub(super) fn get_dataset(&self, name: &str) -> Answer {
        match self.datasets.get(name) {
            Some(dataset) => (200, dataset.clone()),
            None => no_dataset(name),
        }
    }

    pub(super) fn insert_dataset(&mut self, body: &Value) -> Answer {
        let name = body["datasetReference"]["datasetId"].as_str().expect("a name").to_owned();
        if self.datasets.contains_key(&name) {
            return error(409, "duplicate", &format!("Already Exists: Dataset p:{name}"));
        }
        self.dataset(&name);
        self.get_dataset(&name)
    }

    /// A page of names: two at most, so that clients have to ask on.
    pub(super) fn list_tables(&self, dataset: &str, query: &str) -> Answer {
        if !self.datasets.contains_key(dataset) {
            return no_dataset(dataset);
        }
        let prefix = format!("{dataset}.");
        let all: Vec<&Value> = self.tables.iter().filter(|(n, _)| n.starts_with(&prefix)).map(|(_, t)| t).collect();
        let token = query.split('&').find_map(|pair| pair.strip_prefix("pageToken=")).unwrap_or_default();
        let from: usize = token.parse().unwrap_or(0);
        let page = all.iter().skip(from).take(2);
        let page: Vec<Value> = page.map(|t| json!({"tableReference": t["tableReference"], "type": "TABLE"})).collect();
        let mut answer = json!({"kind": "bigquery#tableList", "tables": page, "totalItems": all.len()});
        if all.len() > from + 2 {
            answer["nextPageToken"] = json!((from + 2).to_string());
        }
        (200, answer)
    }

    pub(super) fn get_table(&self, dataset: &str, table: &str) -> Answer {
        match self.tables.get(&format!("{dataset}.{table}")) {
            Some(found) => (200, found.clone()),
            // The result of a query is in a dataset that nobody sees.
            None if self.datasets.contains_key(dataset) || dataset.starts_with('_') => no_table(dataset, table),
            None => no_dataset(dataset),
        }
    }

    pub(super) fn insert_table(&mut self, dataset: &str, body: &Value) -> Answer {
        let table = body["tableReference"]["tableId"].as_str().expect("a name").to_owned();
        let name = format!("{dataset}.{table}");
        if !self.datasets.contains_key(dataset) {
            return no_dataset(dataset);
        }
        if self.tables.contains_key(&name) {
            return error(409, "duplicate", &format!("Already Exists: Table p:{name}"));
        }
        self.table_of(&name, body["schema"]["fields"].clone());
        let made = self.tables.get_mut(&name).unwrap();
        for key in ["timePartitioning", "clustering"] {
            made[key] = body[key].clone();
        }
        (200, made.clone())
    }

    /// Columns can be added; those that are there must be named as they are.
    pub(super) fn patch_table(&mut self, dataset: &str, table: &str, body: &Value) -> Answer {
        let Some(found) = self.tables.get_mut(&format!("{dataset}.{table}")) else { return no_table(dataset, table) };
        if let Some(fields) = body["schema"]["fields"].as_array() {
            let same = |a: &Value, b: &Value| {
                let plain = |v: &Value| if *v == "NULLABLE" { Value::Null } else { v.clone() };
                a["name"] == b["name"] && a["type"] == b["type"] && plain(&a["mode"]) == plain(&b["mode"])
            };
            let old = found["schema"]["fields"].as_array().unwrap();
            if let Some(lost) = old.iter().find(|old| !fields.iter().any(|new| same(old, new))) {
                let text = format!("Provided Schema does not match Table p:{dataset}.{table}. Field {}", lost["name"]);
                return error(400, "invalid", &text);
            }
            found["schema"]["fields"] = json!(fields);
        }
        if !body["expirationTime"].is_null() {
            found["expirationTime"] = body["expirationTime"].clone();
        }
        (200, found.clone())
    }

    pub(super) fn delete_table(&mut self, dataset: &str, table: &str) -> Answer {
        match self.tables.remove(&format!("{dataset}.{table}")) {
            Some(_) => (204, Value::Null),
            None => self.get_table(dataset, table),
        }
    }

    pub(super) fn insert_all(&mut self, dataset: &str, table: &str, body: &Value) -> Answer {
        let name = format!("{dataset}.{table}");
        let Some(found) = self.tables.get(&name) else { return no_table(dataset, table) };
        let row = &body["rows"][0];
        let fields = found["schema"]["fields"].as_array().unwrap();
        for key in row["json"].as_object().expect("a row").keys() {
            if !fields.iter().any(|field| field["name"] == key.as_str()) {
                let errors = [json!({"reason": "invalid", "location": key, "message": "no such field."})];
                let errors = [json!({"index": 0, "errors": errors})];
                return (200, json!({"kind": "bigquery#tableDataInsertAllResponse", "insertErrors": errors}));
            }
        }
        let id = row["insertId"].as_str().expect("an id").to_owned();
        self.inserted.insert((name, id), row["json"].clone());
        (200, json!({"kind": "bigquery#tableDataInsertAllResponse"}))
    }
}

fn no_dataset(name: &str) -> Answer {
    error(404, "notFound", &format!("Not found: Dataset p:{name}"))
}

fn no_table(dataset: &str, table: &str) -> Answer {
    error(404, "notFound", &format!("Not found: Table p:{dataset}.{table}"))
}
