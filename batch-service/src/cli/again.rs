//! Commands as mails tell them.

use super::Shared;
use super::commands::{Command, Run};
use jiff::civil::Date;
use std::ffi::OsStr;

/// What a command must be given to work on what this process works on.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Flags that every command takes, as far as they were given.
    shared: Vec<String>,
    /// Flags of `run`.
    run: Vec<String>,
}

impl Again {
    /// With the flags of this process.
    pub fn of(shared: &Shared, command: &Command) -> Self {
        let Shared { events, warehouse, store, profile, config, output: _, log_format: _ } = shared;
        let mut words = Words::default();
        // What takes several words stands first, so that it ends at the next flag.
        words.add("--events", events.iter().map(OsStr::new));
        words.add("--warehouse", warehouse.iter().map(AsRef::as_ref));
        words.add("--store", store.iter().map(AsRef::as_ref));
        words.add("--profile", profile.iter().map(OsStr::new));
        words.add("--config", config.iter().map(AsRef::as_ref));
        let mut run = Words::default();
        if let Command::Run(Run { force, shard, date: _ }) = command {
            if *force {
                run.0.push("--force".to_owned());
            }
            run.add("--shard", shard.map(|shard| shard.to_string()).iter().map(OsStr::new));
        }
        Self { shared: words.0, run: run.0 }
    }

    /// What to type to run a day as this process does.
    pub fn run(&self, date: Date) -> String {
        let date = date.to_string();
        self.line(["run", "--date", &date], &self.run)
    }

    /// The same for a day that is yet to be found out.
    pub fn run_of_any_day(&self) -> String {
        self.line(["run", "--date", "YYYY-MM-DD"], &self.run)
    }

    /// What to type to train a model for the runs.
    pub fn train(&self) -> String {
        self.line(["train"], &[])
    }

    /// What to type to see the figures.
    pub fn dashboard(&self) -> String {
        self.line(["dashboard", "build"], &[])
    }

    /// What to type to look whether runs succeed.
    pub fn watch(&self, hours: u32) -> String {
        let hours = hours.to_string();
        self.line(["watch", "--hours", &hours], &[])
    }

    fn line<const N: usize>(&self, words: [&str; N], own: &[String]) -> String {
        command_line(words.into_iter().chain(own.iter().chain(&self.shared).map(String::as_str)))
    }
}

#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// A flag with its values, unless there are none. What is no text is told as far as it is.
    fn add<'a>(&mut self, flag: &str, values: impl Iterator<Item = &'a OsStr>) {
        let mut values = values.map(|value| value.to_string_lossy().into_owned()).peekable();
        if values.peek().is_some() {
            self.0.push(flag.to_owned());
            self.0.extend(values);
        }
    }
}

/// As it is typed in a shell.
fn command_line<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    let quoted = words.map(|word| match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    });
    ["inkling".to_owned()].into_iter().chain(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::Parser;
    use jiff::civil::date;

    fn again(line: &str) -> Again {
        let cli = Cli::try_parse_from(["inkling"].into_iter().chain(line.split(' '))).unwrap_or_else(|e| panic!("{e}"));
        Again::of(&cli.shared, &cli.command)
    }

    #[test]
    fn a_day_is_run_again_with_the_same_flags() {
        let run = |line: &str| again(line).run(date(2026, 10, 5));
        let day = "inkling run --date 2026-10-05";
        assert_eq!(run("run --date 2026-10-01 --warehouse w"), format!("{day} --warehouse w"));
        assert_eq!(run("run --date=2026-10-01 --force --shard 1/4"), format!("{day} --force --shard 1/4"));
        assert_eq!(run("run --output json --log-format json"), day);
        assert_eq!(
            run("--warehouse w serve --schedule 06:00 --address=0.0.0.0:80 --events e f* --profile p --address-file a"),
            format!("{day} --events e 'f*' --warehouse w --profile p")
        );
    }

    #[test]
    fn other_commands_get_the_flags_that_every_command_takes() {
        let given = again("run --date 2026-10-01 --force --config c.toml --store gs://b/p --warehouse bigquery");
        let shared = "--warehouse bigquery --store gs://b/p --config c.toml";
        assert_eq!(given.train(), format!("inkling train {shared}"));
        let given = again("watch --hours 30 --warehouse w");
        assert_eq!(given.watch(30), "inkling watch --hours 30 --warehouse w");
        assert_eq!(given.run_of_any_day(), "inkling run --date YYYY-MM-DD --warehouse w");
    }
}
