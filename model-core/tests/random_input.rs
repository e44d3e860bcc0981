//! The fuzz harness on 20,000 random inputs each: what a stable compiler can do of `cargo fuzz` in a second or two.

#[path = "../fuzz/harness.rs"]
mod harness;

/// Feeds byte strings of up to `longest` bytes (xorshift64*, a fixed seed).
fn feed(longest: u64, check: fn(&[u8])) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    };
    for _ in 0..20_000 {
        let length = random() % (longest + 1);
        let bytes: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        check(&bytes);
    }
}

#[test]
fn bundle_read() {
    feed(40, harness::bundle_read);
}

#[test]
fn visitor_fold() {
    feed(300, harness::visitor_fold);
}
