//! Pickles that attack their reader: each is refused in words, in under a second and in little memory, and runs nothing; those
//! that are just within the limits are read.

use super::costly;
use batch_service::import::convert;
use batch_service::import::pickle::read;
use conformance::world::import_python;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(1);
/// Peak of resident memory of the process that reads, in KiB.
const MEMORY_KIB: u64 = 64 << 10;
const FILE: &str = "INKLING_TEST_BOMB";

pub fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// With the head of protocol 4 and the end.
pub fn whole(parts: &[&[u8]]) -> Vec<u8> {
    cat(&[b"\x80\x04", &parts.concat(), b"."])
}

pub fn text(of: &str) -> Vec<u8> {
    match u8::try_from(of.len()) {
        Ok(length) => cat(&[b"\x8c", &[length], of.as_bytes()]),
        Err(_) => cat(&[b"X", &u32::try_from(of.len()).unwrap().to_le_bytes(), of.as_bytes()]),
    }
}

/// A class by its names.
pub fn class(module: &str, name: &str) -> Vec<u8> {
    cat(&[&text(module), &text(name), b"\x93"])
}

/// `numpy.dtype(code)` with an order, size, alignment and flags.
pub fn dtype_as(code: &str, order: &str, said: [i32; 3]) -> Vec<u8> {
    let said: Vec<u8> = said.iter().flat_map(|n| cat(&[b"J", &n.to_le_bytes()])).collect();
    cat(&[&class("numpy", "dtype"), &text(code), b"\x89\x88\x87R(K\x03", &text(order), b"NNN", &said, b"tb"])
}

/// The same as numpy writes it.
pub fn dtype(code: &str, order: &str) -> Vec<u8> {
    let (kind, size) = code.split_at(1);
    let size = size.parse().unwrap();
    let said = match kind {
        "O" => [-1, -1, 63],
        "U" => [4 * size, 4, 8],
        "S" | "V" => [size, 1, 0],
        _ => [-1, -1, 0],
    };
    dtype_as(code, order, said)
}

pub fn buffer() -> Vec<u8> {
    class("numpy._core.numeric", "_frombuffer")
}

/// What expressions of Python's may name: a MiB, 8 MiB that can be packed to a quarter, and bz2 of many blocks of a byte.
const NAMES: &str = "
import bz2, lz4.frame, lzma, random, sys
M = 1 << 20

def quarters():
    four = [bytes(b'NJK]'[byte >> at & 3] for at in (0, 2, 4, 6)) for byte in range(256)]
    return b''.join(map(four.__getitem__, random.Random(1).randbytes(2 * M)))

def blocks(n):
    bits = lambda packed: ''.join(f'{byte:08b}' for byte in packed)
    packed, end = bits(bz2.compress(b'N')), bits(bytes.fromhex('177245385090'))
    block = packed[32:packed.rindex(end)]
    sums = 0
    for _ in range(n):
        sums = (sums << 1 | sums >> 31) & 0xffffffff ^ int(block[48:80], 2)
    whole = packed[:32] + block * n + end + f'{sums:032b}'
    whole += '0' * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, 'big')
";

/// What an expression of Python's bytes is.
fn of_python(expression: &str) -> Vec<u8> {
    let script = format!("{NAMES}\nsys.stdout.buffer.write({expression})");
    let output = import_python().args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Names, files, and the words that the refusal must have.
fn bombs(ran: &Path) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const M: usize = 1 << 20;
    let command = format!("touch {}", ran.display());
    let command = cat(&[&text(&command), b"\x85"]);
    let laughs: Vec<u8> = (1..200_u8).flat_map(|i| [b'h', i - 1, b'h', i - 1, 0x86, b'q', i]).collect();
    let with = |name: &str, content: &[u8]| cat(&[&text(name), content]);
    let kept_state = |content: &[u8]| cat(&[b"(K\x01M\x10\x27\x85", &dtype("O8", "|"), b"\x89", content, b"t"]);
    // Ten thousand times `None` in a list.
    let nones = cat(&[b"](", &b"N".repeat(10_000), b"e"]);
    let again = |n: usize, what: &[u8]| cat(&[b"(", &what.repeat(n), b"t"]);
    let fields: Vec<u8> = (0..5_000).flat_map(|i| with(&format!("f{i}"), b"h\x00K\x00\x86")).collect();
    let names: Vec<u8> = (0..5_000).flat_map(|i| text(&format!("f{i}"))).collect();
    let packed = {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(&cat(&[b"\x80\x04(", &b"]".repeat(31 * M), b"t."])).unwrap();
        out.finish().unwrap()
    };
    let endless = {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(&vec![b'N'; 200 * M]).unwrap();
        out.finish().unwrap()
    };
    let followed = {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(b"\x80\x04N.").unwrap();
        cat(&[&out.finish().unwrap(), b"more"])
    };
    let system = |how: &[u8]| whole(&[&class("os", "system"), &command, how]);
    let long = |n: u32| cat(&[b"\x8b", &n.to_le_bytes(), &vec![0x7f; 4 * M]]);
    let made =
        cat(&[&class("_codecs", "encode"), b"X\x00\x00\x10\x00", &b"a".repeat(M), &text("latin1"), b"\x86Rq\x00"]);
    let array = |shape: &[u8], bytes: &[u8]| {
        whole(&[&buffer(), b"(C", &[bytes.len() as u8], bytes, &dtype("f8", "<"), shape, &text("C"), b"tR"])
    };
    vec![
        ("empty", Vec::new(), "ends early"),
        ("lists 10^6 deep", whole(&[&b"]".repeat(1_000_000), &b"a".repeat(999_999)]), "131,072"),
        ("tuples 10^6 deep", whole(&[b"N", &b"\x85".repeat(1_000_000)]), "10 MiB"),
        ("tuples 10,000 deep", whole(&[b"N", &b"\x85".repeat(10_000)]), "100 deep"),
        ("lists 101 deep", whole(&[&b"]".repeat(101), &b"a".repeat(100)]), "100 deep"),
        ("a list in itself", whole(&[b"]q\x00h\x00a"]), "within itself"),
        ("DUP", whole(&[b"N", &b"2\x86".repeat(40)]), "operation 0x32"),
        ("laughs", whole(&[b")q\x00", &laughs]), "left over"),
        (
            "memo of 1 MiB again and again",
            whole(&[b"B\x00\x00\x10\x00", &vec![0; M], &b"\x94".repeat(200_000)]),
            "100,000",
        ),
        ("4 M marks", cat(&[b"\x80\x04", &b"(".repeat(4 * M)]), "131,072"),
        ("4 M values", cat(&[b"\x80\x04N(", &b"N".repeat(4 * M), b"t."]), "131,072"),
        ("2 M operations", cat(&[b"\x80\x04]", &b"Na".repeat(1_100_000), b"."]), "2,000,000"),
        ("LONG of 4 M digits", cat(&[b"\x80\x02L", &b"9".repeat(4 * M), b"L\n."]), "operation 0x4c"),
        ("LONG4 of 4 MiB", cat(&[b"\x80\x02", &long(4 << 20), b"."]), "operation 0x8b"),
        ("LONG4 below zero", cat(&[b"\x80\x02", &long(u32::MAX), b"."]), "operation 0x8b"),
        ("INT", b"\x80\x02I99999999999999999999\n.".to_vec(), "operation 0x49"),
        ("text of 2^63", cat(&[b"\x80\x04\x8d", &(1_u64 << 63).to_le_bytes(), b"a."]), "ends early"),
        ("bytes of 2^64-1", cat(&[b"\x80\x04\x8e", &u64::MAX.to_le_bytes(), b"a."]), "ends early"),
        ("bytearray of 2^64-1", cat(&[b"\x80\x05\x96", &u64::MAX.to_le_bytes(), b"a."]), "ends early"),
        ("frame of 2^64-1", cat(&[b"\x80\x04\x95", &u64::MAX.to_le_bytes(), b"N."]), "frame"),
        (
            "an operation across frames",
            cat(&[b"\x80\x04\x95", &3_u64.to_le_bytes(), b"G\0\0\0\0\0\0\0\0."]),
            "end of a frame",
        ),
        (
            "a frame in a frame",
            cat(&[b"\x80\x04\x95", &10_u64.to_le_bytes(), b"\x95", &1_u64.to_le_bytes(), b"N."]),
            "frame in a frame",
        ),
        ("memo 2^32-1", whole(&[b"Nr\xff\xff\xff\xff0"]), "operation 0x30"),
        ("memo that is not there", whole(&[b"j\xff\xff\xff\xff"]), "not kept"),
        ("a mark taken as a value", whole(&[b"N(\x85"]), "stack is empty"),
        ("no value", b"\x80\x04.".to_vec(), "stack is empty"),
        ("something behind", b"\x80\x04N.N".to_vec(), "follows"),
        ("odd SETITEMS", whole(&[b"}(K\x01K\x02K\x03u"]), "without a value"),
        ("a key twice", whole(&[b"}(K\x01NK\x01Nu"]), "twice"),
        ("a key twice, as True and 1.0", whole(&[b"}(\x88NG\x3f\xf0\x00\x00\x00\x00\x00\x00Nu"]), "twice"),
        (
            "2^60 twice",
            whole(&[b"}(\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x10NG\x43\xb0\x00\x00\x00\x00\x00\x00Nu"]),
            "twice",
        ),
        ("protocol 255", b"\x80\xffN.".to_vec(), "protocol"),
        ("system by REDUCE", system(b"R"), "`os.system`"),
        ("system by GLOBAL", cat(&[b"\x80\x02cos\nsystem\n", &command, b"R."]), "`os.system`"),
        ("system by NEWOBJ", system(b"\x81"), "`os.system`"),
        (
            "system by BUILD",
            whole(&[&class("sklearn.pipeline", "Pipeline"), b")\x81", &class("posix", "system"), b"b"]),
            "`posix.system`",
        ),
        ("system by INST", cat(&[b"\x80\x02(X\x02\x00\x00\x00idios\nsystem\n."]), "operation 0x69"),
        ("system by OBJ", cat(&[b"\x80\x02(cos\nsystem\nX\x02\x00\x00\x00ido."]), "`os.system`"),
        ("system and POP", whole(&[b"N", &class("os", "system"), &command, b"R0"]), "`os.system`"),
        ("a function in a class", whole(&[&class("numpy", "dtype.__class__"), b")R"]), "none of the classes"),
        ("a call of a value", whole(&[b"N)R"]), "no class"),
        ("EXT1", b"\x80\x02\x82\x01.".to_vec(), "operation 0x82"),
        ("PERSID", b"\x80\x02Pabc\n.".to_vec(), "operation 0x50"),
        ("BINPERSID", b"\x80\x02NQ.".to_vec(), "operation 0x51"),
        ("NEXT_BUFFER", b"\x80\x05\x97.".to_vec(), "operation 0x97"),
        ("a shape of too many", array(b"K\x02\x85", &[0; 8]), "_frombuffer"),
        ("a shape below zero", array(b"J\xff\xff\xff\xff\x85", &[0; 8]), "_frombuffer"),
        (
            "a shape beyond 64 bits",
            array(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", &[0; 8]),
            "_frombuffer",
        ),
        ("an element of 2^31-1", whole(&[&dtype("V2147483647", "|")]), "numpy.dtype"),
        (
            "2^28 elements of no bytes",
            { whole(&[&buffer(), b"(C\x00", &dtype("S0", "|"), b"J\x00\x00\x00\x10\x85", &text("C"), b"tR"]) },
            "_frombuffer",
        ),
        (
            "objects that are bytes",
            { whole(&[&buffer(), b"(C\x08\0\0\0\0\0\0\0\0", &dtype("O8", "|"), b"K\x01\x85", &text("C"), b"tR"]) },
            "_frombuffer",
        ),
        (
            "1 MiB of an array again and again",
            {
                let one = cat(&[b"h\x01(h\x00h\x02J\x00\x00\x10\x00\x85h\x03tR"]);
                let kept = cat(&[&buffer(), b"q\x01", &dtype("u1", "|"), b"q\x02", &text("C"), b"q\x03"]);
                whole(&[b"(", &made, &kept, &one.repeat(100_000), b"t"])
            },
            "10 MiB",
        ),
        (
            "the state of an array again and again",
            {
                let empty = cat(&[&class("numpy._core.multiarray", "_reconstruct"), b"q\x01"]);
                let given = cat(&[&class("numpy", "ndarray"), b"K\x00\x85C\x01b\x87q\x02"]);
                whole(&[
                    b"(",
                    &kept_state(&nones),
                    b"q\x00",
                    &empty,
                    &given,
                    &b"h\x01h\x02Rh\x00b".repeat(50_000),
                    b"t",
                ])
            },
            "10 MiB",
        ),
        (
            "a long tuple of arguments again and again",
            {
                let kept = cat(&[&class("sklearn.pipeline", "Pipeline"), b"q\x01"]);
                let padding = cat(&[b"B\x00\x00\x20\x00", &vec![0; 2 * M]]);
                whole(&[b"(", &padding, &again(130_000, b"N"), b"q\x00", &kept, &b"h\x01h\x00R".repeat(100_000), b"t"])
            },
            "by itself",
        ),
        (
            "5,000 fields",
            {
                let state = cat(&[b"(K\x03", &text("|"), b"N(", &names, b"t}(", &fields, b"uM\x00\x10K\x01K\x10tb"]);
                whole(&[
                    b"(",
                    &dtype("u1", "|"),
                    b"q\x00",
                    &class("numpy", "dtype"),
                    &text("V4096"),
                    b"\x89\x88\x87R",
                    &state,
                    b"t",
                ])
            },
            "a state",
        ),
        ("32 MiB of lists, packed", packed, "131,072"),
        ("200 MiB, packed", endless, "32 MiB"),
        ("something behind what is packed", followed, "follows"),
        ("200 MiB, in xz", of_python("lzma.compress(b'N' * (200 * M), preset=6)"), "32 MiB"),
        ("200 MiB, in lzma", of_python("lzma.compress(b'N' * (200 * M), format=lzma.FORMAT_ALONE)"), "32 MiB"),
        (
            "31 MiB of lists, in xz",
            of_python("lzma.compress(b'\\x80\\x04(' + b']' * (31 * M) + b't.', preset=7)"),
            "131,072",
        ),
        ("xz that looks back 64 MiB", of_python("lzma.compress(b'N' * M, preset=9)"), "level over 7"),
        ("lzma that looks back 4 GiB", cat(&[b"\x5d\x00\x00", &[0xff; 10], &[0; 20]]), "level over 7"),
        ("something behind xz", of_python("lzma.compress(b'N.') + b'more'"), "follows"),
        ("xz after xz", of_python("lzma.compress(b'N.') * 2"), "follows"),
        ("xz, cut", of_python("lzma.compress(b'\\x80\\x04N.')[:-20]"), "unpacked"),
        ("xz, changed", of_python("lzma.compress(b'\\x80\\x04N.')[:-9] + bytes(9)"), "unpacked"),
        ("200 MiB, in bz2", of_python("bz2.compress(b'N' * (200 * M))"), "longer than 8 MiB when unpacked"),
        ("370,000 blocks of a byte, in bz2", of_python("blocks(370_000)"), "131,072"),
        ("8 MiB that say nothing, in bz2", of_python("bz2.compress(quarters())"), "131,072"),
        ("more than 8 MiB, in bz2", of_python("bz2.compress(random.randbytes(9 * M))"), "longer than 8 MiB"),
        ("something behind bz2", of_python("bz2.compress(b'N.') + b'more'"), "follows"),
        ("bz2 after bz2", of_python("bz2.compress(b'N.') * 2"), "follows"),
        ("bz2, cut", of_python("bz2.compress(b'\\x80\\x04N.')[:-9]"), "unpacked"),
        ("bz2, changed", of_python("bz2.compress(b'\\x80\\x04N.')[:10] + bytes(36)"), "unpacked"),
        ("200 MiB, in lz4", of_python("lz4.frame.compress(b'N' * (200 * M))"), "32 MiB"),
        (
            "1,398,000 blocks of a byte, in lz4",
            of_python(
                "lz4.frame.LZ4FrameCompressor(block_size=7).begin() + b'\\2\\0\\0\\0\\x10N' * 1_398_000 + bytes(4)",
            ),
            "131,072",
        ),
        (
            "31 MiB of lists, in lz4",
            of_python("lz4.frame.compress(b'\\x80\\x04(' + b']' * (31 * M) + b't.', block_size=7)"),
            "131,072",
        ),
        ("something behind lz4", of_python("lz4.frame.compress(b'N.') + b'more'"), "follows"),
        (
            "empty lz4 after lz4",
            of_python("lz4.frame.compress(b'N.') + lz4.frame.compress(b'', block_size=7) * 500_000"),
            "follows",
        ),
        ("lz4, cut between blocks", of_python("lz4.frame.compress(b'\\x80\\x04N.')[:-4]"), "ends early"),
        ("lz4, cut in a block", of_python("lz4.frame.compress(b'\\x80\\x04N.')[:-6]"), "ends early"),
        (
            "lz4, changed",
            of_python("lz4.frame.compress(b'\\x80\\x04N.', content_checksum=True)[:-1] + b'?'"),
            "unpacked",
        ),
        ("packed, and cut", vec![0x78, 0x9c, 0x03], "unpacked"),
    ]
}

/// What the reader says of a file in a process of its own, how long that takes, and the peak of its memory.
fn said(file: &Path) -> (String, Duration, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["bombs::reads_one_file", "--exact", "--ignored", "--nocapture"]).env(FILE, file);
    let output = child.output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |name: &str| out.lines().find_map(|line| line.strip_prefix(name));
    match (of("SAYS "), of("MICROS "), of("KIB ")) {
        (Some(says), Some(micros), Some(kib)) => {
            (says.to_owned(), Duration::from_micros(micros.parse().unwrap()), kib.parse().unwrap())
        }
        _ => (format!("died: {}", output.status), Duration::ZERO, 0),
    }
}

/// How long this thread has been on a processor: other tests have the machine at the same time.
fn on_processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
}

#[test]
#[ignore = "is started by the other test"]
fn reads_one_file() {
    let file = PathBuf::from(std::env::var_os(FILE).unwrap());
    let bytes = std::fs::read(file).unwrap();
    let from = on_processor();
    let says = match read(&bytes) {
        // A tuple is no model.
        Ok(pickle) if pickle.value().items().is_some() => "read".to_owned(),
        Ok(_) => match convert(&bytes, "bomb") {
            Ok(_) => "read, and converted".to_owned(),
            Err(e) => format!("read: {e}"),
        },
        Err(e) => e.to_string(),
    };
    let micros = (on_processor() - from).as_micros();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB");
    println!("\nSAYS {says}\nMICROS {micros}\nKIB {peak}");
}

#[test]
fn bombs_are_refused_in_words_in_little_time_and_memory() {
    let folder = std::env::temp_dir().join(format!("inkling-bombs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, ran) = (folder.join("bomb"), folder.join("ran"));
    let mut broken = Vec::new();
    let (mut slowest, mut largest) = ((Duration::ZERO, ""), 0);
    let mut bombs = bombs(&ran);
    bombs.extend(costly::files());
    for (name, bytes, words) in &bombs {
        std::fs::write(&file, bytes).unwrap();
        let (says, took, peak) = said(&file);
        (slowest, largest) = (slowest.max((took, *name)), largest.max(peak));
        let right = if *words == "read" { says == "read" } else { says.contains(words) };
        if !right || says.len() > 300 || took > LONGEST || peak > MEMORY_KIB || ran.exists() {
            broken.push(format!("{name}: {} bytes, {took:?}, {peak} KiB: {says}", bytes.len()));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let (took, name) = slowest;
    eprintln!("{} bombs: at most {took:?} ({name}) and {largest} KiB", bombs.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
