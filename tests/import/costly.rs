//! Pickles that cost little to write and much to read: what is shared is looked at again and again, and what lies close in
//! the file does not in memory. Those just within the limits are read, in as little memory.

use super::bombs::{buffer, cat, class, dtype, text, whole};
use std::io::Write;

const M: usize = 1 << 20;

fn bytes(of: &[u8]) -> Vec<u8> {
    cat(&[b"B", &u32::try_from(of.len()).unwrap().to_le_bytes(), of])
}

/// A list, written as Python does, a thousand items at a time.
fn list(item: &[u8], n: usize) -> Vec<u8> {
    let thousand = cat(&[b"(", &item.repeat(1_000), b"e"]);
    cat(&[b"]", &thousand.repeat(n / 1_000), b"(", &item.repeat(n % 1_000), b"e"])
}

fn array(code: &str, order: &str, content: &[u8], shape: &[usize]) -> Vec<u8> {
    let lengths: Vec<u8> = shape.iter().flat_map(|n| cat(&[b"J", &i32::try_from(*n).unwrap().to_le_bytes()])).collect();
    cat(&[&buffer(), b"(", &bytes(content), &dtype(code, order), b"(", &lengths, b"t", &text("C"), b"tR"])
}

/// A fitted object.
fn object(module: &str, name: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let state: Vec<u8> = attributes.iter().flat_map(|(name, value)| cat(&[&text(name), value])).collect();
    cat(&[&class(module, name), b")\x81}(", &state, b"ub"])
}

/// 29 MiB of bytes and then something, packed.
fn packed(then: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(&whole(&[b"(", &bytes(&vec![0; 29 * M]), then, b"t"])).unwrap();
    out.finish().unwrap()
}

/// xz of so many blocks that hold nothing, 16 bytes and two of the index each; without checks.
fn empty_blocks(n: usize) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let sealed = |bytes: &[u8]| cat(&[bytes, &crc(bytes)]);
    // LZMA2 that looks back 4 KiB; its data are the end.
    let block = cat(&[&sealed(b"\x02\x00\x21\x01\x00\x00\x00\x00"), &[0; 4]]);
    let count = [n as u8 | 0x80, (n >> 7) as u8 | 0x80, (n >> 14) as u8];
    let mut index = cat(&[b"\x00", &count, &[13, 0].repeat(n)]);
    index.resize(index.len().next_multiple_of(4), 0);
    let words = u32::try_from(index.len() / 4).unwrap().to_le_bytes();
    let end = cat(&[&words, b"\x00\x00"]);
    cat(&[b"\xfd7zXZ\x00", &sealed(&[0; 2]), &block.repeat(n), &sealed(&index), &crc(&end), &end, b"YZ"])
}

/// Tuples of the one before, twice.
fn laughs() -> Vec<u8> {
    let twice = |i: u8| cat(&[b"h", &[i], b"h", &[i], b"\x86q", &[i + 1]]);
    cat(&[b"(N\x85q\x00", &(0..40).flat_map(twice).collect::<Vec<u8>>(), b"t"])
}

/// A type of 64 fields with these names, again and again.
fn types(name: impl Fn(usize) -> String, fields: usize, n: usize) -> Vec<u8> {
    let names: Vec<u8> = (0..fields).flat_map(|i| text(&name(i))).collect();
    let places: Vec<u8> = (0..fields).flat_map(|i| cat(&[&text(&name(i)), b"h\x00K\x00\x86"])).collect();
    let state = cat(&[b"(K\x03", &text("|"), b"N(", &names, b"t}(", &places, b"uK\x08K\x01K\x10tq\x01"]);
    let kept = cat(&[&class("numpy", "dtype"), b"q\x02", &text("V8"), b"\x89\x88\x87q\x03"]);
    let padding = bytes(&vec![0; 4 * M]);
    whole(&[b"(", &dtype("u1", "|"), b"q\x00", &state, &kept, &padding, &list(b"h\x02h\x03Rh\x01b", n), b"t"])
}

/// Transformers side by side, each of them the same, on eight levels.
fn columns() -> Vec<u8> {
    let names: Vec<String> = (0..60).map(|i| format!("t{i}")).collect();
    let places: Vec<u8> = names.iter().flat_map(|name| cat(&[&text(name), b"]K\x00a"])).collect();
    let mut levels = cat(&[&text("passthrough"), b"q\x00"]);
    for level in 0..8 {
        let parts: Vec<u8> =
            names.iter().flat_map(|name| cat(&[&text(name), b"h", &[level], b"]K\x00a\x87"])).collect();
        let attributes: [(&str, &[u8]); 3] = [
            ("transformer_weights", b"N"),
            ("_transformer_to_input_indices", &cat(&[b"}(", &places, b"u"])),
            ("transformers_", &cat(&[b"](", &parts, b"e"])),
        ];
        let transformer = object("sklearn.compose._column_transformer", "ColumnTransformer", &attributes);
        levels.extend(cat(&[&transformer, b"q", &[level + 1]]));
    }
    let steps = cat(&[b"](", &text("a"), b"h\x08\x86", &text("b"), b"N\x86e"]);
    let names = cat(&[b"]", &text("x"), b"a"]);
    let levels = cat(&[b"(", &levels, b"t"]);
    whole(&[&object(
        "sklearn.pipeline",
        "Pipeline",
        &[("feature_names_in_", &names), ("levels", &levels), ("steps", &steps)],
    )])
}

/// One transformer, `n` times, each time of all the columns that one list names; in a dict with more lists.
fn by_name(transformer: &[u8], n: usize, columns: usize, lists: usize) -> Vec<u8> {
    let part = cat(&[&text("a"), b"q\x00", transformer, b"N\x87q\x01"]);
    let others: Vec<Vec<u8>> = (0..lists).map(|i| cat(&[&text(&format!("o{i}")), b"N"])).collect();
    let others: Vec<u8> = others.chunks(1_000).flat_map(|part| cat(&[b"(", &part.concat(), b"u"])).collect();
    let places = cat(&[b"}", &others, b"h\x00", &list(b"K\x00", columns), b"s"]);
    let attributes: [(&str, &[u8]); 3] = [
        ("transformer_weights", b"N"),
        ("transformers_", &cat(&[b"]", &part, b"a", &list(b"h\x01", n)[1..]])),
        ("_transformer_to_input_indices", &places),
    ];
    let transformer = object("sklearn.compose._column_transformer", "ColumnTransformer", &attributes);
    let steps = cat(&[b"](", &text("t"), &transformer, b"\x86", &text("c"), b"N\x86e"]);
    let padding = bytes(&vec![0; 2 * M]);
    let attributes: [(&str, &[u8]); 3] =
        [("x", &padding), ("feature_names_in_", &cat(&[b"]", &text("x"), b"a"])), ("steps", &steps)];
    whole(&[&object("sklearn.pipeline", "Pipeline", &attributes)])
}

/// A transformer that makes no columns of any.
fn nothing() -> Vec<u8> {
    let attributes: [(&str, &[u8]); 3] =
        [("transformer_weights", b"N"), ("transformers_", b"]"), ("_transformer_to_input_indices", b"}")];
    object("sklearn.compose._column_transformer", "ColumnTransformer", &attributes)
}

/// A tree of 8,191 nodes, many times as it may be, and last what is none: all are read before that is refused.
fn trees() -> Vec<u8> {
    const NODES: usize = 8_191;
    const FIELDS: [&str; 5] = ["left_child", "right_child", "feature", "threshold", "weighted_n_node_samples"];
    let node = |i: usize| {
        let (left, right) = if 2 * i + 2 < NODES { (2 * i as i64 + 1, 2 * i as i64 + 2) } else { (-1, -1) };
        cat(&[&left.to_le_bytes(), &right.to_le_bytes(), &[0; 8], &0.5_f64.to_le_bytes(), &1_f64.to_le_bytes()])
    };
    let nodes: Vec<u8> = (0..NODES).flat_map(node).collect();
    let names: Vec<u8> = FIELDS.iter().flat_map(|name| text(name)).collect();
    let place = |(i, name): (usize, &&str)| {
        cat(&[&text(name), &dtype(if i < 3 { "i8" } else { "f8" }, "<"), b"K", &[8 * i as u8], b"\x86"])
    };
    let places: Vec<u8> = FIELDS.iter().enumerate().flat_map(place).collect();
    let record = cat(&[
        &class("numpy", "dtype"),
        &text("V40"),
        b"\x89\x88\x87R(K\x03",
        &text("|"),
        b"N(",
        &names,
        b"t}(",
        &places,
        b"uK\x28K\x01K\x10tb",
    ]);
    let length = cat(&[b"M", &(NODES as u16).to_le_bytes(), b"\x85"]);
    let nodes = cat(&[&buffer(), b"(", &bytes(&nodes), &record, &length, &text("C"), b"tR"]);
    let values = array("f8", "<", &0.5_f64.to_le_bytes().repeat(2 * NODES), &[NODES, 1, 2]);
    let tree = object("sklearn.tree._tree", "Tree", &[("nodes", &nodes), ("values", &values)]);
    let tree = cat(&[&object("sklearn.tree._classes", "DecisionTreeClassifier", &[("tree_", &tree)]), b"q\x00"]);
    let forest: [(&str, &[u8]); 5] = [
        ("x", &bytes(&vec![0; 4 * M - 450_000])),
        ("y", &tree),
        ("n_features_in_", b"K\x01"),
        ("classes_", b"K\x00K\x01\x86"),
        ("estimators_", &cat(&[&list(b"h\x00", 130), b"Na"])),
    ];
    whole(&[&object("sklearn.ensemble._forest", "RandomForestClassifier", &forest)])
}

/// Names, files, and the words that are said of them.
pub fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let unshared = "by itself";
    let plain = |name: &str, value: &[u8]| whole(&[b"}(", &text(name), value, b"u"]);
    let model = |attributes: &[(&str, &[u8])]| whole(&[&object("sklearn.pipeline", "Pipeline", attributes)]);
    let forest = |attributes: &[(&str, &[u8])]| {
        whole(&[&object("sklearn.ensemble._forest", "RandomForestClassifier", attributes)])
    };
    let empty = cat(&[&buffer(), b"q\x00(C\x00", &dtype("u1", "|"), b"K\x00\x85", &text("C"), b"tq\x01"]);
    let tree = cat(&[&array("f8", "<", &vec![0; 200_000], &[25_000]), b"q\x00"]);
    vec![
        (
            "a key of 8 MiB in many dicts",
            { whole(&[b"(", &text(&"k".repeat(8 * M)), b"q\x00", &list(b"}h\x00Ns", 60_000), b"t"]) },
            unshared,
        ),
        ("a name of a field of 4 MiB", types(|_| "n".repeat(4 * M), 1, 20_000), "a state"),
        ("64 fields again and again", types(|i| format!("f{i}"), 64, 200_000), "10 MiB"),
        ("15 M numbers as a key", whole(&[b"}", &array("u1", "|", &vec![0; 15 * M], &[15 * M]), b"Ns"]), "_frombuffer"),
        ("2 M numbers as a key", whole(&[b"}", &array("u1", "|", &vec![0; 2 * M], &[2 * M]), b"Ns"]), "a key that"),
        (
            "990,000 inputs of one letter",
            {
                let letters = b"h\x00".repeat(1_000);
                let more = cat(&[b"(", &letters, b"e"]).repeat(989);
                plain("inputs", &cat(&[b"](", &text("a"), b"q\x00", &letters, b"e", &more]))
            },
            "more than 4096",
        ),
        ("laughs in a plain dict", plain("inputs", &laughs()), unshared),
        (
            "a text of 1 MiB in a plain dict",
            { plain("inputs", &cat(&[b"](", &text(&"a".repeat(M)), b"q\x00", &b"h\x00".repeat(20_000), b"e"])) },
            unshared,
        ),
        (
            "names of 4 MiB",
            {
                let names = list(b"h\x00", 200_000);
                model(&[("x", &cat(&[&text(&"t".repeat(4 * M)), b"q\x00"])), ("feature_names_in_", &names)])
            },
            unshared,
        ),
        ("a tree in 200,000 places", { forest(&[("x", &tree), ("estimators_", &list(b"h\x00", 200_000))]) }, unshared),
        ("transformers in one another", columns(), unshared),
        ("a tree as often as it may be", trees(), ".estimators_[130]"),
        ("60,000 times 60,000 columns", by_name(&text("passthrough"), 60_000, 60_000, 0), "more than 16384 columns"),
        (
            "60,000 times none of 60,000 columns",
            by_name(&nothing(), 60_000, 60_000, 0),
            "more than 1048576 columns and",
        ),
        ("a key among 90,000, 60,000 times", by_name(&nothing(), 60_000, 1, 90_000), "more than 1048576 columns and"),
        (
            "4 M names of a letter",
            {
                let letters = array("U1", "<", &b"a\0\0\0".repeat(4 * M - 1_000), &[4 * M - 1_000]);
                model(&[("feature_names_in_", &letters)])
            },
            "_frombuffer",
        ),
        (
            "a number that is 2 M",
            { model(&[("n_features_in_", &array("u1", "|", &vec![0; 2 * M], &[2 * M]))]) },
            "no whole number",
        ),
        (
            "200,000 names that are None",
            {
                let padding = bytes(&vec![0; 4 * M]);
                model(&[("x", &padding), ("feature_names_in_", &list(b"N", 200_000))])
            },
            "more than 4096",
        ),
        (
            "150,000 keys",
            {
                let keys: Vec<u8> = (0..150_000_i32).flat_map(|i| cat(&[b"J", &i.to_le_bytes(), b"N"])).collect();
                let parts: Vec<u8> = keys.chunks(6_000).flat_map(|part| cat(&[b"(", part, b"u"])).collect();
                whole(&[b"(", &bytes(&vec![0; 4 * M]), b"}", &parts, b"t"])
            },
            "100,000 keys",
        ),
        ("450,000 empty blocks, in xz", empty_blocks(450_000), "ends early"),
        ("900,000 empty blocks, in xz", empty_blocks(900_000), "longer than 8 MiB"),
        ("the most items", packed(&list(b"N", 1_300_000)), "read"),
        ("the most lists", packed(&list(b"](Ne", 130_000)), "read"),
        ("the most dicts", packed(&list(b"}NNs", 60_000)), "read"),
        ("the most arrays", packed(&cat(&[&empty, &list(b"h\x00h\x01R", 60_000)])), "read"),
        ("the most values at once", packed(&cat(&[b"(", &b"N".repeat(131_000), b"t"])), "read"),
    ]
}
