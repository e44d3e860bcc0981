//! The fuzz harness on random input: what a stable compiler can do of `cargo fuzz` in a second or two.

#[path = "../../../fuzz/harness.rs"]
mod harness;

use crate::import::pickle;

/// Inputs as they are, and changes to each of the sound files.
const INPUTS: u32 = 100_000;

#[test]
fn sound_files_are_read() {
    for which in 0..4 {
        let file = harness::seed(which);
        let read = pickle::read(&file);
        assert!(read.is_ok(), "{which}: {read:?}");
    }
    let numbers = pickle::read(&harness::seed(3)).map(|pickle| pickle.value().numbers());
    assert_eq!(numbers, Ok(Some(vec![1.5])));
}

#[test]
fn random_input_is_refused_or_read() {
    // xorshift64*, a fixed seed.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    };
    for i in 0..INPUTS {
        let mut bytes: Vec<u8> = (0..2 + random() % 40).map(|_| random() as u8).collect();
        if i % 2 == 0 {
            // Changes to a sound file, a few.
            bytes.truncate(14);
            bytes.iter_mut().take(1).for_each(|first| *first |= 0x81);
        } else {
            // Any operations.
            bytes.splice(..2, [0x80, 4]);
        }
        harness::pickle_read(&bytes);
    }
}
