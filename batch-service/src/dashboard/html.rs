//! Pieces of the page: panels, tables, notes. Arguments named `html` are inserted as they are, all others escaped.

use std::fmt::Write as _;

use super::format::{clip, escape};
use super::status::Status;

/// Status and sentence that answer a chart's question.
pub struct Answer {
    /// `None` for a chart that only informs.
    pub status: Option<Status>,
    /// Plain text.
    pub text: String,
}

impl Answer {
    /// The grey answer.
    #[must_use]
    pub fn unknown(what_is_missing: &str) -> Self {
        Self { status: Some(Status::Unknown), text: what_is_missing.into() }
    }

    /// A sentence with a status.
    #[must_use]
    pub fn of(status: Status, text: String) -> Self {
        Self { status: Some(status), text }
    }

    /// A sentence that judges nothing.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self { status: None, text }
    }
}

/// A chart with its question, its answer and the table of its numbers.
pub struct Panel {
    /// What the question is about.
    pub eyebrow: String,
    pub question: String,
    pub answer: Answer,
    /// Empty when there is nothing to draw.
    pub chart_html: String,
    pub table: Option<Table>,
}

impl Panel {
    /// The panel as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        // The small line belongs to the heading: two charts may ask the same question of two targets.
        let mut out = format!(
            r#"<article class="panel"><h3><span class="eyebrow">{}<span class="sr">: </span></span>{}</h3>"#,
            escape(&self.eyebrow),
            escape(&self.question)
        );
        let badge = self.answer.status.map(Status::badge).unwrap_or_default();
        let _ = write!(out, r#"<p class="answer">{badge} {}</p>"#, words(&self.answer.text));
        if self.chart_html.is_empty() {
            out.push_str(r#"<div class="empty" aria-hidden="true"></div>"#);
        } else {
            out.push_str(&self.chart_html);
        }
        if let Some(table) = &self.table {
            out.push_str(&table.details());
        }
        out.push_str("</article>");
        out
    }
}

/// Escapes a sentence word by word, so that only an endless word or an endless sentence is cut.
#[must_use]
pub fn words(text: &str) -> String {
    const LONGEST: usize = 1_000;
    clip(text, LONGEST).split(' ').map(escape).collect::<Vec<_>>().join(" ")
}

/// A section: what it is about, lines under that, and its panels.
#[must_use]
pub fn section(id: &str, title: &str, lead: &[String], html: &str) -> String {
    let lead: String = lead.iter().map(|line| format!(r#"<p class="lead">{}</p>"#, words(line))).collect();
    format!(
        r#"<section id="{id}" aria-labelledby="{id}-title"><header class="head"><h2 id="{id}-title">{}</h2>{lead}</header>{html}</section>"#,
        escape(title)
    )
}

/// A wide chart in a box that scrolls sideways on a narrow screen, by keyboard too.
#[must_use]
pub fn sideways(name: &str, chart_html: &str) -> String {
    format!(r#"<div class="sideways" tabindex="0" role="region" aria-label="{}">{chart_html}</div>"#, words(name))
}

/// A table of numbers: the first column names the row, the others are set right when numeric.
pub struct Table {
    caption: String,
    columns: Vec<(&'static str, bool)>,
    rows: String,
    len: usize,
}

impl Table {
    /// Columns are `(heading, is a number)`.
    #[must_use]
    pub fn new(caption: &str, columns: &[(&'static str, bool)]) -> Self {
        Self { caption: caption.into(), columns: columns.to_vec(), rows: String::new(), len: 0 }
    }

    /// Adds a row of plain text.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.row_html(cells.map(|cell| words(&cell)));
    }

    /// Adds a row of finished HTML.
    pub fn row_html<const N: usize>(&mut self, cells: [String; N]) {
        // End tags that HTML lets us leave out are left out: a year of rows is a third smaller.
        self.rows.push_str("<tr>");
        for (i, html) in cells.iter().enumerate() {
            let number = self.columns.get(i).is_some_and(|column| column.1);
            match (i, number) {
                (0, _) => self.rows.push_str(r#"<th scope="row">"#),
                (_, true) => self.rows.push_str(r#"<td class="n">"#),
                (_, false) => self.rows.push_str("<td>"),
            }
            self.rows.push_str(html);
        }
        self.len += 1;
    }

    /// The table in a box that scrolls sideways, by keyboard too.
    #[must_use]
    pub fn html(&self) -> String {
        let caption = words(&self.caption);
        let mut out = format!(
            r#"<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption><thead><tr>"#
        );
        for (heading, number) in &self.columns {
            let class = if *number { r#" class="n""# } else { "" };
            let _ = write!(out, r#"<th scope="col"{class}>{}</th>"#, escape(heading));
        }
        let _ = write!(out, "</tr></thead><tbody>{}</tbody></table></div>", self.rows);
        out
    }

    fn details(&self) -> String {
        if self.len == 0 {
            return String::new();
        }
        format!(
            r#"<details><summary>The numbers<span class="sr">: {}</span></summary>{}</details>"#,
            words(&self.caption),
            self.html()
        )
    }
}
