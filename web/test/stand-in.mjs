// A tiny scorer with the real exports, for tests of everything around the scorer: it counts events.
import binaryen from "binaryen";

/** Wasm bytes; score = n / (n + 6) after n events, one reason named "events", state = the count. */
export function standIn() {
  const module = binaryen.parseText(`(module
    (memory (export "memory") 1 4)
    (data (i32.const 40000) "stand-in-1")
    (data (i32.const 40020) "Europe/London")
    (data (i32.const 40040) "stand-in")
    (global $n (mut i32) (i32.const 0))
    (func (export "inkling_input") (result i32) (i32.const 1024))
    (func (export "inkling_output") (result i32) (i32.const 20480))
    (func (export "inkling_alloc") (param $len i32) (result i32)
      (if (result i32) (i32.gt_u (local.get $len) (i32.const 8192)) (then (i32.const 0)) (else (i32.const 49152))))
    (func (export "inkling_load") (param $at i32) (param i32) (result i32)
      (i32.ne (i32.load8_u (local.get $at)) (i32.const 73)))
    (func (export "inkling_observe") (param i32 f64 f64 f64 f64 f64 f64 f64 f64) (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.const 0))
    (func $score (export "inkling_score") (param $target i32) (result f64)
      (if (result f64) (local.get $target) (then (f64.const nan)) (else
        (f64.div (f64.convert_i32_s (global.get $n)) (f64.convert_i32_s (i32.add (global.get $n) (i32.const 6)))))))
    (func (export "inkling_band") (param i32) (param $s f64) (result i32)
      (i32.add (f64.ge (local.get $s) (f64.const 0.3)) (f64.ge (local.get $s) (f64.const 0.6))))
    (func (export "inkling_reasons") (param i32 i32) (result i32)
      (f64.store (i32.const 20480) (f64.const 0.75)) (i32.store8 (i32.const 20488) (i32.const 6))
      (i64.store (i32.const 20489) (i64.const 0x73746e657665)) (i32.const 15))
    (func (export "inkling_save") (result i32) (i32.store (i32.const 20480) (global.get $n)) (i32.const 4))
    (func (export "inkling_restore") (param $len i32) (result i32)
      (if (result i32) (i32.eq (local.get $len) (i32.const 4))
        (then (global.set $n (i32.load (i32.const 1024))) (i32.const 0))
        (else (global.set $n (i32.const 0)) (i32.const 20))))
    (func (export "inkling_reset") (global.set $n (i32.const 0)))
    (func (export "inkling_info") (param $what i32) (result i32) (local $at i32) (local $len i32)
      (local.set $len (i32.const 10)) (local.set $at (i32.const 40000))
      (if (i32.eq (local.get $what) (i32.const 1)) (then (local.set $len (i32.const 13)) (local.set $at (i32.const 40020))))
      (if (i32.eq (local.get $what) (i32.const 2)) (then (local.set $len (i32.const 8)) (local.set $at (i32.const 40040))))
      (if (i32.eq (local.get $what) (i32.const 3)) (then (return (i32.const 0))))
      (memory.copy (i32.const 20480) (local.get $at) (local.get $len))
      (local.get $len)))`);
  module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
  if (!module.validate()) throw new Error("stand-in wasm does not validate");
  return module.emitBinary();
}
