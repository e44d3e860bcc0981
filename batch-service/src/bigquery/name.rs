//! Names of projects, datasets and tables, checked before they become part of a query.

use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use std::fmt;

/// A dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetName {
    /// Its project.
    pub project: String,
    /// Its name in the project.
    pub dataset: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// Its dataset.
    pub dataset: DatasetName,
    /// Its name in the dataset.
    pub table: String,
}

impl DatasetName {
    /// A dataset of a project.
    ///
    /// # Errors
    /// Exit code 2 when a name has characters that names do not have.
    pub fn new(project: &str, dataset: &str) -> Result<Self> {
        check_project(project)?;
        if !is_word(dataset, 1024) {
            let text = format!("dataset `{dataset}`: names of datasets have letters, digits and `_`");
            return Err(exit(ExitKind::Usage, text));
        }
        Ok(Self { project: project.to_owned(), dataset: dataset.to_owned() })
    }

    /// `[PROJECT.]DATASET`, in `project` when it names none.
    ///
    /// # Errors
    /// As for `new`.
    pub fn parse(word: &str, project: &str) -> Result<Self> {
        match word.rsplit_once('.') {
            Some((project, dataset)) => Self::new(project, dataset),
            None => Self::new(project, word),
        }
    }

    /// A table of the dataset.
    ///
    /// # Errors
    /// As for `new`.
    pub fn table(&self, table: &str) -> Result<TableName> {
        if !is_word(table, 1024) {
            let text = format!("table `{table}`: names of tables have letters, digits and `_` here");
            return Err(exit(ExitKind::Usage, text));
        }
        Ok(TableName { dataset: self.clone(), table: table.to_owned() })
    }
}

impl TableName {
    /// As the Storage Read API names it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("projects/{}/datasets/{}/tables/{}", self.dataset.project, self.dataset.dataset, self.table)
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.project, self.dataset)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.dataset, self.table)
    }
}

/// Refuses what cannot be the id of a project. Old ones have a domain before a colon.
pub(super) fn check_project(project: &str) -> Result<()> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
    if project.is_empty() || project.len() > 100 || !project.chars().all(known) {
        return Err(exit(ExitKind::Usage, format!("project `{project}`: this is not the id of a project")));
    }
    Ok(())
}

fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_become_names() {
        let dataset = DatasetName::parse("other-project.analytics_1", "my-project").unwrap();
        assert_eq!(dataset.table("events_20210101").unwrap().to_string(), "other-project.analytics_1.events_20210101");
        assert_eq!(DatasetName::parse("analytics_1", "my-project").unwrap().to_string(), "my-project.analytics_1");
        for word in ["", "a b", "a`b", "a;drop", "p.", "P.a", "p`.a", "é"] {
            assert!(DatasetName::parse(word, "my-project").is_err(), "{word}");
        }
        for table in ["", "events_*", "t$20210101", "a`", "a-b"] {
            assert!(dataset.table(table).is_err(), "{table}");
        }
    }
}
