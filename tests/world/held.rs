//! A process that waits at one of its failpoints.

use super::Ran;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};

/// It waits until it is told to go on, asleep or killed.
pub struct Held {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Held {
    /// Starts it, and waits until it has come to the point.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn at(mut command: Command, point: &str) -> Self {
        command.env("INKLING_FAILPOINT", format!("{point}+"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (mut said, there) = (String::new(), format!("INKLING_FAILPOINT: {point}"));
        while !said.contains(&there) {
            assert!(stderr.read_line(&mut said).unwrap() > 0, "{point} was not reached: {said}");
        }
        Self { child, stderr, said }
    }

    /// Stops it as a whole, with the thread that renews its lease.
    pub fn falls_asleep(&self) {
        self.signal("-STOP");
    }

    /// Wakes it up.
    pub fn wakes_up(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Lets it go on to its end.
    #[must_use]
    pub fn goes_on(mut self) -> Ran {
        drop(self.child.stdin.take());
        self.ended()
    }

    /// Kills it.
    #[must_use]
    pub fn is_killed(mut self) -> Ran {
        self.child.kill().unwrap();
        self.ended()
    }

    fn ended(self) -> Ran {
        let (mut stderr, mut said) = (self.stderr, self.said);
        let rest = std::thread::spawn(move || stderr.read_to_string(&mut said).map(|_| said));
        let mut ran = Ran::of(self.child.wait_with_output().unwrap());
        ran.stderr = rest.join().unwrap().unwrap();
        ran
    }
}
