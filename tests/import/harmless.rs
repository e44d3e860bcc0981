//! Harmless objects: what Python says of them is what our reader says, or it is refused.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use batch_service::import::pickle::{Dtype, Kind, Look, Value, read};
use conformance::world::{Folder, import_python, repository};
use serde_json::Value as Json;

const OBJECTS: usize = 10_000;
/// So many are read at least: a set, and a number of more than 64 bits in an array, is refused.
const READ: usize = 9_000;

fn bits(x: f64) -> String {
    if x.is_nan() { "nan".to_owned() } else { format!("{:016x}", x.to_bits()) }
}

/// numpy's letter of a type of numbers, and its size.
fn kind(dtype: &Dtype) -> Option<String> {
    let letter = match dtype.kind {
        Kind::Bool => 'b',
        Kind::Int => 'i',
        Kind::Uint => 'u',
        Kind::Float => 'f',
        Kind::Bytes | Kind::Text | Kind::Void | Kind::Object => return None,
    };
    Some(format!("{letter}{}", dtype.size))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn join(values: &[Value<'_>], between: &str) -> Option<String> {
    Some(values.iter().map(|value| says(*value)).collect::<Option<Vec<_>>>()?.join(between))
}

/// The text of `harmless.py`; none of what our reader keeps no value of.
fn says(value: Value<'_>) -> Option<String> {
    Some(match value.look() {
        Look::None => "N".to_owned(),
        Look::Bool(flag) => if flag { "T" } else { "F" }.to_owned(),
        Look::Int(number) => format!("i{number}"),
        Look::Large => "L".to_owned(),
        Look::Float(number) => format!("f{}", bits(number)),
        Look::Text(text) => format!("s{}", hex(text.as_bytes())),
        Look::Bytes(bytes) => format!("b{}", hex(bytes)),
        Look::Tuple(items) => format!("({})", join(&items, ",")?),
        Look::List(items) => format!("[{}]", join(&items, ",")?),
        Look::Dict(pairs) => {
            let pair = |(key, value): &(Value<'_>, Value<'_>)| Some(format!("{}:{}", says(*key)?, says(*value)?));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(","))
        }
        Look::Array(Some(array)) => {
            let shape = array.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
            let numbers = |list: Vec<f64>| list.into_iter().map(bits).collect::<Vec<_>>().join(";");
            match array.dtype.kind {
                Kind::Text => {
                    let texts = value.texts()?.iter().map(|text| hex(text.as_bytes())).collect::<Vec<_>>();
                    format!("u{shape}|{}", texts.join(";"))
                }
                Kind::Object => format!("o{shape}|{}", join(&value.items()?, ";")?),
                Kind::Void => {
                    let field = |name: &String| {
                        let of = array.dtype.fields.iter().find(|field| field.name == *name)?;
                        Some(format!("{name}{}={}", kind(&of.dtype)?, numbers(value.field(name)?)))
                    };
                    let names = array.dtype.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
                    format!("v{shape}|{}", names.iter().map(field).collect::<Option<Vec<_>>>()?.join("|"))
                }
                _ => format!("a{}:{shape}|{}", kind(&array.dtype)?, numbers(value.numbers()?)),
            }
        }
        _ => return None,
    })
}

#[test]
fn what_is_read_is_what_python_reads() {
    let folder = Folder::fresh("import-harmless");
    let out = folder.at("objects.jsonl");
    let mut python = import_python();
    let script = repository().join("tests/import/harmless.py");
    let output = python.arg(script).arg(&out).args([&OBJECTS.to_string(), "1"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut same, mut refused) = (0, 0);
    for line in std::fs::read_to_string(out).unwrap().lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let bytes = BASE64_STANDARD.decode(line["pickle"].as_str().unwrap()).unwrap();
        let read = read(&bytes).ok();
        match read.as_ref().and_then(|pickle| says(pickle.value())) {
            Some(ours) => {
                assert_eq!(Some(ours.as_str()), line["says"].as_str(), "{}", line["pickle"]);
                same += 1;
            }
            None => refused += 1,
        }
    }
    eprintln!("{OBJECTS} objects: {same} read alike, {refused} refused");
    assert!(same >= READ, "{same}");
}
