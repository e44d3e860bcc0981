//! The bytes that are signed: OLPC's canonical JSON, as securesystemslib writes it.

use serde_json::Value;

/// Keys sorted by code points, no spaces, of strings only `"` and `\` escaped, whole numbers only.
///
/// # Errors
/// With what was found: a number that is not whole.
pub fn canonical(value: &Value) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) if number.is_f64() => return Err(format!("{number} is not a whole number")),
        Value::Number(number) => out.extend(number.to_string().into_bytes()),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            // UTF-8 sorts as code points do.
            sorted.sort_by_key(|(name, _)| name.as_str());
            out.push(b'{');
            for (i, (name, field)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                string(name, out);
                out.push(b':');
                write(field, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling() {
        let value: Value =
            serde_json::from_str(" {\"b\" : [1, -2, true, null], \"a\\n\\\"\": \"\\\\é\\u0001\"} ").unwrap();
        let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
        assert_eq!(text, "{\"a\n\\\"\":\"\\\\é\u{1}\",\"b\":[1,-2,true,null]}");
        for bad in ["1.5", "[1e3]", "{\"a\":-0.0}"] {
            assert!(canonical(&serde_json::from_str(bad).unwrap()).is_err(), "{bad}");
        }
        assert_eq!(canonical(&Value::from(u64::MAX)).unwrap(), u64::MAX.to_string().into_bytes());
    }
}
