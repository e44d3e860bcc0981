//! Conversion in a process of its own, with little memory and time, and nothing of ours in its environment. What a file can
//! do to the reader, it does there.

use super::{Error, Plain, convert};
use anyhow::{Context, Result, bail};
use rlimit::{Resource, setrlimit};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Bytes of address space of the process.
const MEMORY: u64 = 256 << 20;
/// Seconds of processor time.
const CPU: u64 = 10;
/// From its start to its end.
const WALL: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const LONGEST_ANSWER: u64 = 128 << 20;

/// The arguments that start such a process.
pub const COMMAND: [&str; 2] = ["model", "convert"];

/// The model of a file, converted in a process of its own.
///
/// # Errors
/// Why the file is refused; when the process cannot be started, or ends without an answer.
pub fn confined(bytes: &[u8], file_name: &str) -> Result<Plain> {
    let program = std::env::current_exe().context("the program's own file")?;
    let mut child = Command::new(program)
        .args(COMMAND)
        .arg(file_name)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting a process for the conversion")?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (done, ended) = mpsc::channel::<()>();
    let (answer, said, status) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A process that has seen enough reads no more; its answer says why.
            let _ = input.map(|mut input| input.write_all(bytes));
        });
        let errors = scope.spawn(move || read(errors, 4_096));
        let answer = scope.spawn(move || {
            let answer = read(output, LONGEST_ANSWER);
            let _ = done.send(());
            answer
        });
        if ended.recv_timeout(WALL).is_err() {
            // It may have ended just now.
            let _ = child.kill();
        }
        let status = child.wait();
        (answer.join().unwrap_or_default(), errors.join().unwrap_or_default(), status)
    });
    let status = status.context("the process of the conversion")?;
    let answer: Option<Result<Plain, String>> = serde_json::from_slice(&answer).ok();
    match answer {
        Some(Ok(plain)) => Ok(plain),
        Some(Err(why)) => bail!("{file_name}: {why}"),
        None => {
            let said = String::from_utf8_lossy(&said);
            let said = said.lines().next().map_or_else(String::new, |line| format!(": {line}"));
            let limits = format!("{} MiB of memory and {CPU} s", MEMORY >> 20);
            bail!("{file_name}: the conversion ended without an answer ({status}{said}); it has {limits}")
        }
    }
}

fn read(from: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read counts.
    let _ = from.map(|from| from.take(most).read_to_end(&mut bytes));
    bytes
}

/// What that process does: reads a file on stdin, and writes the model or a refusal on stdout.
///
/// # Errors
/// When the limits cannot be set, or stdin or stdout fails.
pub fn answer(file_name: &str) -> Result<()> {
    for (resource, most) in [(Resource::AS, MEMORY), (Resource::CPU, CPU), (Resource::CORE, 0), (Resource::FSIZE, 0)] {
        setrlimit(resource, most, most).with_context(|| format!("the limit of {resource:?}"))?;
    }
    let mut bytes = Vec::new();
    // One byte more tells that it is too long.
    std::io::stdin().lock().take(super::MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    let converted = convert(&bytes, file_name).map_err(|e: Error| e.to_string());
    drop(bytes);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &converted)?;
    Ok(out.flush()?)
}
