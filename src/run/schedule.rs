//! Runs steps, each when the steps that it needs are done, several at the same time.
#![allow(clippy::disallowed_methods, reason = "it waits for other processes, and tells how long they took")]

use std::collections::HashMap;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::interrupt::{self, Interrupts, KILL, TERMINATE};
use super::process::{Group, Process};
use super::{BuildStep, Mask, Transcript, clean};

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How many steps run at the same time; at least one.
    pub jobs: usize,
    /// After a failure go on with the steps that do not need the failed one.
    pub keep_going: bool,
    /// Secret values, which are masked in all output.
    pub mask: Mask,
}

/// What happens while steps run; steps are named by their index.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step begins.
    Started(usize),
    /// A step printed a line.
    Line(usize, &'a str),
    /// A step is over.
    Ended(usize, &'a Outcome),
    /// Nothing new; time for a display to tick.
    Tick,
    /// The user wants to stop: the steps that run are being stopped.
    Stopping,
}

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It succeeded in this time.
    Done(Duration),
    /// Its program ended otherwise.
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// After what time.
        time: Duration,
        /// What it printed.
        log: Transcript,
    },
    /// Its program could not be run.
    NotStarted(io::Error),
    /// It was running when the user stopped the run.
    Stopped(Duration),
    /// It was never started. `Some`: it needs this step, which failed.
    NotRun(Option<usize>),
}

/// What became of a run.
#[derive(Debug)]
pub struct Ran {
    /// By step.
    pub outcomes: Vec<Outcome>,
    /// The number of the signal that stopped it.
    pub stopped: Option<i32>,
    /// How long it took.
    pub time: Duration,
}

enum Message {
    Line(usize, String),
    Ended(usize, io::Result<ExitStatus>),
    Signal(i32),
}

/// How many lines may wait to be shown; a program that prints faster is slowed down.
const LINES: usize = 1024;
/// How often a display may tick.
const TICK: Duration = Duration::from_millis(250);
/// A process that is still there so long after an interrupt gets a stronger signal: programs in the background of a script
/// do not receive Ctrl-C.
const ESCALATION: [(Duration, i32); 2] = [(Duration::from_secs(2), TERMINATE), (Duration::from_secs(10), KILL)];

/// Runs all steps. Without `keep_going` nothing is begun after a failure, but what runs comes to its end.
///
/// A first interrupt (Ctrl-C, SIGTERM) is handed on to the steps that run, which are waited for. What does not stop within
/// two seconds gets SIGTERM; a second interrupt, or ten seconds of waiting, kill it.
///
/// # Errors
/// Signals cannot be listened to.
pub fn run_steps(steps: &[BuildStep], options: &RunOptions, observe: &mut dyn FnMut(Event<'_>)) -> io::Result<Ran> {
    let since = Instant::now();
    let (sender, receiver) = mpsc::sync_channel(LINES);
    let interrupts = Interrupts::listen({
        let sender = sender.clone();
        // The run may be over already.
        move |signal| drop(sender.send(Message::Signal(signal)))
    })?;
    let mut work = Work {
        steps,
        options,
        sender,
        outcomes: steps.iter().map(|_| None).collect(),
        running: HashMap::new(),
        failed: false,
        stopped: None,
        stopping: Arc::default(),
        escalation: Vec::new(),
    };
    work.start(observe);
    while !work.running.is_empty() {
        match receiver.recv_timeout(TICK) {
            Ok(Message::Line(step, line)) => work.line(step, &line, observe),
            Ok(Message::Ended(step, status)) => {
                work.ended(step, status, observe);
                work.start(observe);
            }
            Ok(Message::Signal(signal)) => work.signal(signal, observe),
            Err(RecvTimeoutError::Timeout) => observe(Event::Tick),
            // This function holds a sender.
            Err(RecvTimeoutError::Disconnected) => break,
        }
        work.escalate();
    }
    drop(interrupts);
    let stopped = work.stopped;
    Ok(Ran { outcomes: work.finish(), stopped, time: since.elapsed() })
}

struct Running {
    group: Group,
    since: Instant,
    log: Transcript,
}

struct Work<'a> {
    steps: &'a [BuildStep],
    options: &'a RunOptions,
    sender: SyncSender<Message>,
    outcomes: Vec<Option<Outcome>>,
    running: HashMap<usize, Running>,
    failed: bool,
    stopped: Option<i32>,
    /// The same, for the threads.
    stopping: Arc<AtomicBool>,
    /// The signals that are still to come, the next one last.
    escalation: Vec<(Instant, i32)>,
}

impl Work<'_> {
    /// Starts what can be started.
    fn start(&mut self, observe: &mut dyn FnMut(Event<'_>)) {
        for step in 0..self.steps.len() {
            if self.stopped.is_some()
                || (self.failed && !self.options.keep_going)
                || self.running.len() >= self.options.jobs.max(1)
            {
                return;
            }
            if self.outcomes[step].is_none() && !self.running.contains_key(&step) && self.is_ready(step) {
                self.start_one(step, observe);
            }
        }
    }

    fn is_ready(&self, step: usize) -> bool {
        self.steps[step].after.iter().all(|before| matches!(self.outcomes[*before], Some(Outcome::Done(_))))
    }

    fn start_one(&mut self, step: usize, observe: &mut dyn FnMut(Event<'_>)) {
        observe(Event::Started(step));
        let process = match Process::start(&self.steps[step].command) {
            Ok(process) => process,
            Err(error) => return self.end(step, Outcome::NotStarted(error), observe),
        };
        let running = Running { group: process.group(), since: Instant::now(), log: Transcript::default() };
        let (sender, mask) = (self.sender.clone(), self.options.mask.clone());
        let stopping = Arc::clone(&self.stopping);
        let read = move || {
            let lines = sender.clone();
            let line = move |line: String| {
                let text = mask.hide(clean(&line));
                drop(lines.send(Message::Line(step, text)));
            };
            let status = process.wait(line, || stopping.load(Ordering::Relaxed));
            drop(sender.send(Message::Ended(step, status)));
        };
        self.running.insert(step, running);
        if let Err(error) = std::thread::Builder::new().spawn(read) {
            // The process went with the closure; its group may live on.
            if let Some(running) = self.running.remove(&step) {
                running.group.signal(KILL);
            }
            self.end(step, Outcome::NotStarted(error), observe);
        }
    }

    fn line(&mut self, step: usize, line: &str, observe: &mut dyn FnMut(Event<'_>)) {
        // Later output, of programs left in the background, belongs to no step.
        let Some(running) = self.running.get_mut(&step) else { return };
        running.log.push(line);
        observe(Event::Line(step, line));
    }

    fn ended(&mut self, step: usize, status: io::Result<ExitStatus>, observe: &mut dyn FnMut(Event<'_>)) {
        let Some(Running { group, since, log }) = self.running.remove(&step) else { return };
        let time = since.elapsed();
        let outcome = match status {
            Ok(status) if status.success() => Outcome::Done(time),
            Ok(_) if self.stopped.is_some() => Outcome::Stopped(time),
            Ok(status) => Outcome::Failed { status, time, log },
            Err(error) => {
                // Nobody listens to it any more.
                group.signal(KILL);
                Outcome::NotStarted(error)
            }
        };
        self.end(step, outcome, observe);
    }

    fn end(&mut self, step: usize, outcome: Outcome, observe: &mut dyn FnMut(Event<'_>)) {
        self.failed |= matches!(outcome, Outcome::Failed { .. } | Outcome::NotStarted(_));
        observe(Event::Ended(step, &outcome));
        self.outcomes[step] = Some(outcome);
    }

    fn signal(&mut self, signal: i32, observe: &mut dyn FnMut(Event<'_>)) {
        if self.stopped.is_some() {
            return self.send(KILL);
        }
        self.stopped = Some(signal);
        self.stopping.store(true, Ordering::Relaxed);
        let now = Instant::now();
        self.escalation = ESCALATION.iter().rev().map(|(after, signal)| (now + *after, *signal)).collect();
        observe(Event::Stopping);
        self.send(interrupt::handed_on(signal));
    }

    fn escalate(&mut self) {
        if let Some((_, signal)) = self.escalation.pop_if(|(at, _)| *at <= Instant::now()) {
            self.send(signal);
        }
    }

    fn send(&self, signal: i32) {
        self.running.values().for_each(|running| running.group.signal(signal));
    }

    /// Gives each step that was not run its reason: the failed step that it needs, directly or not.
    fn finish(self) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(self.steps.len());
        for (step, outcome) in self.steps.iter().zip(self.outcomes) {
            let cause = |before: &usize| match outcomes.get(*before) {
                Some(Outcome::Failed { .. } | Outcome::NotStarted(_)) => Some(*before),
                Some(Outcome::NotRun(cause)) => *cause,
                _ => None,
            };
            let outcome = outcome.unwrap_or_else(|| Outcome::NotRun(step.after.iter().find_map(cause)));
            outcomes.push(outcome);
        }
        outcomes
    }
}
