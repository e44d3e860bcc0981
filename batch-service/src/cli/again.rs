//! Commands as mails tell them.

use jiff::civil::Date;

/// Flags of `serve` that take a value and that `run` does not know.
const OF_SERVE: [&str; 3] = ["--address", "--address-file", "--schedule"];

/// What to type to run a day as this process does.
pub fn again(date: Date) -> String {
    command_line(of_day(std::env::args().skip(1), date).into_iter())
}

/// The words of this process's command, for a run of a day.
fn of_day(mut given: impl Iterator<Item = String>, date: Date) -> Vec<String> {
    let (mut words, mut dated) = (Vec::new(), false);
    while let Some(word) = given.next() {
        let flag = word.split('=').next().unwrap_or_default();
        if word == "--date" {
            let _ = given.next();
            words.extend([word, date.to_string()]);
            dated = true;
        } else if flag == "--date" {
            words.push(format!("--date={date}"));
            dated = true;
        } else if word == "serve" {
            words.extend(["run".to_owned(), "--date".to_owned(), date.to_string()]);
            dated = true;
        } else if OF_SERVE.contains(&flag) {
            if word == flag {
                let _ = given.next();
            }
        } else {
            words.push(word);
        }
    }
    if !dated {
        words.extend(["--date".to_owned(), date.to_string()]);
    }
    words
}

/// As it is typed in a shell.
pub fn command_line(words: impl Iterator<Item = String>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    let quoted = words.map(|word| match word.chars().all(plain) && !word.is_empty() {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    });
    ["inkling".to_owned()].into_iter().chain(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_run_again_by_the_same_flags() {
        let again = |line: &str| of_day(line.split(' ').map(str::to_owned), date(2026, 10, 5)).join(" ");
        assert_eq!(again("run --date 2026-10-01 --warehouse w"), "run --date 2026-10-05 --warehouse w");
        assert_eq!(again("run --date=2026-10-01 --force"), "run --date=2026-10-05 --force");
        assert_eq!(again("run --warehouse w"), "run --warehouse w --date 2026-10-05");
        assert_eq!(
            again("--warehouse w serve --schedule 06:00 --address=0.0.0.0:80 --events e --address-file f"),
            "--warehouse w run --date 2026-10-05 --events e"
        );
    }
}
