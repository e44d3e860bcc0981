//! Plain exports for the tag. Text goes in and out through two buffers of 16 KiB; see `docs/SCORER.md`.
//!
//! `unsafe` stands only at this border: the page's script and this module share one memory and one thread.

use crate::arena::Arena;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use model_core::{Band, Bundle, MAX_BUNDLE_BYTES, Schema, Scorer, Target};

const BUFFER: usize = 16_384;
const EVENT_MALFORMED: i32 = 10;
const NO_BUNDLE: i32 = 11;

#[global_allocator]
static ARENA: Arena = Arena::new();

/// A trap is all that a page needs to know: the loader reports it as `wasm-refused`.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

struct State {
    input: &'static mut [u8; BUFFER],
    output: &'static mut [u8; BUFFER],
    bundle: &'static mut Vec<u8>,
    scorer: &'static mut Option<Scorer>,
}

struct Cell<T>(UnsafeCell<T>);
// SAFETY: one thread, see `arena.rs`.
unsafe impl<T> Sync for Cell<T> {}

// Apart from each other, so that the zeros of the buffers are not part of the file.
static INPUT: Cell<[u8; BUFFER]> = Cell(UnsafeCell::new([0; BUFFER]));
static OUTPUT: Cell<[u8; BUFFER]> = Cell(UnsafeCell::new([0; BUFFER]));
static BUNDLE: Cell<Vec<u8>> = Cell(UnsafeCell::new(Vec::new()));
static SCORER: Cell<Option<Scorer>> = Cell(UnsafeCell::new(None));

fn state() -> State {
    // SAFETY: one thread, and no export calls another while it holds these references.
    unsafe {
        State {
            input: &mut *INPUT.0.get(),
            output: &mut *OUTPUT.0.get(),
            bundle: &mut *BUNDLE.0.get(),
            scorer: &mut *SCORER.0.get(),
        }
    }
}

/// Where the page writes text: 16,384 bytes.
#[unsafe(no_mangle)]
extern "C" fn inkling_input() -> *mut u8 {
    state().input.as_mut_ptr()
}

/// Where answers are read: 16,384 bytes.
#[unsafe(no_mangle)]
extern "C" fn inkling_output() -> *const u8 {
    state().output.as_ptr()
}

/// Room for a bundle of `len` bytes; null when that is over the limit.
#[unsafe(no_mangle)]
extern "C" fn inkling_alloc(len: usize) -> *mut u8 {
    if len > MAX_BUNDLE_BYTES {
        return core::ptr::null_mut();
    }
    let bundle = state().bundle;
    bundle.clear();
    bundle.resize(len, 0);
    bundle.as_mut_ptr()
}

/// Reads the bundle that was written to the room from [`inkling_alloc`]. 0 = done, else an error code.
#[unsafe(no_mangle)]
extern "C" fn inkling_load() -> i32 {
    let state = state();
    // The arena does not free, so that dropping the scorer before would be code for nothing.
    core::mem::forget(state.scorer.take());
    let read = Bundle::read(state.bundle);
    state.bundle.clear();
    match read {
        Ok(bundle) => {
            core::mem::forget(state.scorer.replace(Scorer::new(bundle)));
            0
        }
        Err(error) => error.code(),
    }
}

/// Folds an event in. The input buffer holds `len` bytes of UTF-8: seven fields joined by line feeds, namely event name,
/// page location, page referrer, source, medium, device category, language. 0 or NaN = missing. 0 = done, else a code.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
extern "C" fn inkling_observe(
    len: usize,
    time_us: f64,
    utc_offset_s: f64,
    session_id: f64,
    session_number: f64,
    engaged_ms: f64,
    items: f64,
    price: f64,
    first_touch_us: f64,
) -> i32 {
    let State { input, scorer, .. } = state();
    let Some(scorer) = scorer else { return NO_BUNDLE };
    let numbers = [time_us, utc_offset_s, session_id, session_number, engaged_ms, items, price, first_touch_us];
    match input.get(..len) {
        Some(strings) if time_us >= 1.0 && scorer.observe_joined(strings, &numbers) => 0,
        _ => EVENT_MALFORMED,
    }
}

/// The calibrated probability of target 0 (session) or 1 (visitor) at the last event; NaN when there is none.
#[unsafe(no_mangle)]
extern "C" fn inkling_score(target: i32) -> f64 {
    state().scorer.as_mut().and_then(|s| s.score(target_of(target)?)).unwrap_or(f64::NAN)
}

/// The band of a score: 0 low, 1 medium, 2 high; -1 when there is no model.
#[unsafe(no_mangle)]
extern "C" fn inkling_band(target: i32, score: f64) -> i32 {
    let band = state().scorer.as_ref().and_then(|s| s.band(target_of(target)?, score));
    band.map_or(-1, |b: Band| b as i32)
}

/// Writes up to `most` reasons, strongest first: contribution in the unit of the model's margin (f64, little-endian), length
/// of the name (one byte), name. Gives the bytes written; none of a mean.
#[unsafe(no_mangle)]
extern "C" fn inkling_reasons(target: i32, most: usize) -> usize {
    ARENA.temporarily(|| reasons(target, most))
}

fn reasons(target: i32, most: usize) -> usize {
    let State { scorer, output, .. } = state();
    let Some((scorer, target)) = scorer.as_mut().zip(target_of(target)) else { return 0 };
    let Some(mut reasons) = scorer.reasons(target) else { return 0 };
    let bundle = scorer.bundle();
    let Some(model) = bundle.model(target) else { return 0 };
    let schema = Schema::new(bundle.profile());
    let mut record = Vec::new();
    let mut out = Output { buffer: output, end: 0 };
    for _ in 0..most {
        let (mut best, mut strongest) = (0, &mut 0.0f64);
        for (i, contribution) in reasons.by_feature.iter_mut().enumerate() {
            if contribution.abs() > strongest.abs() {
                (best, strongest) = (i, contribution);
            }
        }
        if *strongest == 0.0 {
            break;
        }
        record.clear();
        record.extend_from_slice(&strongest.to_le_bytes());
        record.push(0);
        schema.push_name(bundle.profile(), usize::from(model.feature_positions()[best]), &mut record);
        record[8] = (record.len() - 9) as u8;
        if !out.put(&record) {
            break;
        }
        *strongest = 0.0;
    }
    out.end
}

/// Writes the visitor's state; gives its length.
#[unsafe(no_mangle)]
extern "C" fn inkling_save() -> usize {
    let State { scorer, output, .. } = state();
    ARENA.temporarily(|| {
        let mut out = Output { buffer: output, end: 0 };
        if let Some(scorer) = scorer {
            out.put(&scorer.save());
        }
        out.end
    })
}

/// Replaces the visitor by the saved state of `len` bytes in the input buffer. 0 = done, else a code and no visitor.
#[unsafe(no_mangle)]
extern "C" fn inkling_restore(len: usize) -> i32 {
    let State { scorer, input, .. } = state();
    let Some(scorer) = scorer else { return NO_BUNDLE };
    match input.get(..len).map(|bytes| scorer.restore(bytes)) {
        Some(Ok(())) => 0,
        Some(Err(error)) => error.code(),
        None => EVENT_MALFORMED,
    }
}

/// Starts with an unknown visitor.
#[unsafe(no_mangle)]
extern "C" fn inkling_reset() {
    if let Some(scorer) = state().scorer {
        scorer.reset();
    }
}

/// Writes a text about the bundle and gives its length. 0: model version; 1: property time zone; 2: profile name;
/// 3: the site's own hosts, joined by line feeds.
#[unsafe(no_mangle)]
extern "C" fn inkling_info(what: i32) -> usize {
    let State { scorer, output, .. } = state();
    let Some(bundle) = scorer.as_ref().map(Scorer::bundle) else { return 0 };
    let profile = bundle.profile();
    let mut out = Output { buffer: output, end: 0 };
    match what {
        0 => out.put(bundle.models().first().map_or(b"", |m| m.version_bytes())),
        1 => out.put(profile.time_zone_bytes()),
        2 => out.put(profile.name_bytes()),
        _ => {
            let mut i = 0;
            while let Some(host) = profile.host_bytes(i) {
                if i > 0 {
                    out.put(b"\n");
                }
                out.put(host);
                i += 1;
            }
            true
        }
    };
    out.end
}

/// The output buffer, written from its start.
struct Output<'a> {
    buffer: &'a mut [u8; BUFFER],
    end: usize,
}

impl Output<'_> {
    /// Appends, if there is room.
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) -> bool {
        let room = self.buffer.get_mut(self.end..).and_then(|free| free.get_mut(..bytes.len()));
        let fits = room.is_some();
        if let Some(room) = room {
            for (to, from) in room.iter_mut().zip(bytes) {
                *to = *from;
            }
            self.end += bytes.len();
        }
        fits
    }
}

fn target_of(code: i32) -> Option<Target> {
    Target::ALL.into_iter().find(|t| *t as i32 == code)
}
