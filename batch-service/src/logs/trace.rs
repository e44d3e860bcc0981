//! Which request a line belongs to, as the platform names it.

use std::cell::RefCell;

/// A trace of Google Cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// 16 hexadecimal digits.
    pub span: Option<String>,
    /// Whether the platform keeps the trace.
    pub sampled: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Trace>> = const { RefCell::new(None) };
}

impl Trace {
    /// Reads the headers of a request: `traceparent` (W3C) before `X-Cloud-Trace-Context`.
    pub fn of<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        header("traceparent")
            .and_then(Self::of_traceparent)
            .or_else(|| header("x-cloud-trace-context").and_then(Self::of_cloud))
    }

    /// `00-TRACE-SPAN-FLAGS`
    fn of_traceparent(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let [version, id, span, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        // Later versions may say more, `ff` is none.
        if !hex(version, 2) || version == "ff" || !hex(flags, 2) || (version == "00" && parts.next().is_some()) {
            return None;
        }
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        (named(id, 32) && named(span, 16)).then(|| Self { id: id.to_owned(), span: Some(span.to_owned()), sampled })
    }

    /// `TRACE[/SPAN][;o=1]`, where the span is a decimal number.
    fn of_cloud(text: &str) -> Option<Self> {
        let (context, options) = text.trim().split_once(';').unwrap_or((text.trim(), ""));
        let (id, span) = context.split_once('/').unwrap_or((context, ""));
        let span = span.parse::<u64>().ok().filter(|span| *span != 0).map(|span| format!("{span:016x}"));
        let id = id.to_ascii_lowercase();
        named(&id, 32).then_some(Self { id, span, sampled: options == "o=1" })
    }
}

fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Zeros only are the name of nothing.
fn named(text: &str, length: usize) -> bool {
    hex(text, length) && text.bytes().any(|b| b != b'0')
}

/// Does some work of which all lines, as far as this thread writes them, belong to a trace.
pub fn within<T>(trace: Option<Trace>, work: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(trace);
    let done = work();
    CURRENT.replace(before);
    done
}

pub(super) fn current() -> Option<Trace> {
    CURRENT.with_borrow(Clone::clone)
}
