//! Link options of the tag.

fn main() {
    // The deepest call needs a few kilobytes, and addresses below 1 MiB are shorter to write. The stack lies below the
    // data, so that an overflow traps.
    println!("cargo:rustc-link-arg-cdylib=-zstack-size=65536");
    println!("cargo:rerun-if-changed=build.rs");
}
