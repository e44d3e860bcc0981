//! What goes wrong with a request.

use std::collections::VecDeque;
use std::time::Duration;

/// What the server does to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A status with an error in JSON, as Google's APIs send it. Nothing is done.
    Status(u16),
    /// The same with `Retry-After` in seconds.
    RetryAfter(u16, u32),
    /// An HTML page with a status, as proxies send it. Nothing is done.
    Html(u16),
    /// 200 with these bytes in place of the answer. Nothing is done.
    Says(&'static str),
    /// The connection is reset before an answer. Nothing is done.
    Reset,
    /// It is done, and the connection is reset before the answer.
    ResetAfter,
    /// It is done, and the answer ends in its middle.
    Truncated,
    /// There is never an answer. Nothing is done.
    Stall,
    /// It is done, and there is never an answer.
    StallAfter,
    /// It is done, and the answer comes after so long by the machine's clock.
    Delay(Duration),
    /// None.
    Fine,
}

/// What happens to the requests of one call.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub next: VecDeque<Fault>,
    pub then: Option<Fault>,
}

impl Plan {
    pub fn take(&mut self) -> Fault {
        self.next.pop_front().or(self.then).unwrap_or(Fault::Fine)
    }
}
