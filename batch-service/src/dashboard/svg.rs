//! A small SVG writer, scales and ticks.

use std::fmt::Write as _;

use super::format::escape;
use super::html::words;

/// An SVG picture under construction. Colours come from classes, so that one picture serves light, dark and print.
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text hangs on its point.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A coordinate: one decimal, never NaN or infinite.
#[must_use]
pub fn px(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e5, 1e5) } else { 0.0 };
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}

impl Svg {
    /// A picture of this many units; one unit is about a pixel on a desktop page.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// A path from its `d`.
    pub fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="{class}" d="{d}"/>"#);
        }
    }

    /// Many strokes of one width as a single path: a bar chart in a few bytes a bar.
    pub fn strokes(&mut self, class: &str, width: f64, d: &str) {
        if !d.is_empty() {
            let _ = write!(self.body, r#"<path class="{class}" stroke-width="{}" d="{d}"/>"#, px(width));
        }
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let d = format!("M{} {}L{} {}", px(from.0), px(from.1), px(to.0), px(to.1));
        self.path(class, &d);
    }

    /// A rectangle with an optional tooltip.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64, title: &str) {
        let _ = write!(
            self.body,
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}""#,
            px(x),
            px(y),
            px(width.max(0.0)),
            px(height.max(0.0))
        );
        self.close("rect", title);
    }

    /// A disc with an optional tooltip.
    pub fn circle(&mut self, class: &str, x: f64, y: f64, r: f64, title: &str) {
        let _ = write!(self.body, r#"<circle class="{class}" cx="{}" cy="{}" r="{}""#, px(x), px(y), px(r));
        self.close("circle", title);
    }

    fn close(&mut self, element: &str, title: &str) {
        if title.is_empty() {
            self.body.push_str("/>");
        } else {
            let _ = write!(self.body, "><title>{}</title></{element}>", escape(title));
        }
    }

    /// A line of text.
    pub fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let _ =
            write!(self.body, r#"<text class="{class}" x="{}" y="{}"{anchor}>{}</text>"#, px(x), px(y), escape(text));
    }

    /// The finished picture: one image with one name for a screen reader; the numbers stand in the table below it.
    #[must_use]
    pub fn finish(self, class: &str, label: &str) -> String {
        format!(
            r#"<svg class="{class}" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>"#,
            px(self.width),
            px(self.height),
            words(label),
            self.body
        )
    }
}

/// Maps a domain to pixels; values outside are pulled to its ends.
#[derive(Clone, Copy)]
pub struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
    bend: fn(f64) -> f64,
}

impl Scale {
    /// Equal steps.
    #[must_use]
    pub fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self::bent(domain, range, |v| v)
    }

    /// Square root: gives small rates room and keeps zero.
    #[must_use]
    pub fn root(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self::bent(domain, range, |v| v.max(0.0).sqrt())
    }

    /// Logarithm; the domain must be positive.
    #[must_use]
    pub fn log(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self::bent(domain, range, |v| v.max(f64::MIN_POSITIVE).ln())
    }

    fn bent(domain: (f64, f64), range: (f64, f64), bend: fn(f64) -> f64) -> Self {
        Self { domain, range, bend }
    }

    /// The pixel of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = ((self.bend)(self.domain.0), (self.bend)(self.domain.1));
        let share = ((self.bend)(value) - low) / (high - low);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.range.0 + (self.range.1 - self.range.0) * share
    }
}

/// Round ticks from zero to just above `max`; the last one is the end of the axis.
#[must_use]
pub fn ticks(max: f64, wanted: usize) -> Vec<f64> {
    if !max.is_finite() || max <= 0.0 {
        return vec![0.0, 1.0];
    }
    let max = max.clamp(1e-12, 1e300);
    let power = 10f64.powf((max / wanted.max(1) as f64).log10().floor());
    // Of the round steps that give about as many ticks as wanted, the one that leaves the least room above.
    let about = wanted.saturating_sub(1).max(1) as f64..=(wanted + 1) as f64;
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| {
        let step = factor * power;
        (step, (max / step - 1e-9).ceil().max(1.0))
    });
    let fits = steps.into_iter().filter(|(_, n)| about.contains(n));
    let best = fits.min_by(|a, b| (a.0 * a.1).total_cmp(&(b.0 * b.1)));
    let (step, n) = best.unwrap_or((max / wanted.max(1) as f64, wanted.max(1) as f64));
    let n = n as usize;
    (0..=n).map(|i| step * i as f64).collect()
}
