//! A run: get ready, submit, wait for the rest, account.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::{Events, Poll};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::args::Load;
use crate::bind::Broken;
use crate::clock::{Clock, SECOND, unix_ns};
use crate::cost;
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::Marks;
use crate::pace::Pace;
use crate::page;
use crate::progress::Progress;
use crate::report::{Point, Report};
use crate::source::Source;
use crate::target::Target;

/// Runs, reports, and says whether every SMS is accounted for.
pub(crate) fn run(
    path: &'static str,
    args: &Load,
    source: impl FnOnce(Marks) -> Result<Source, Failure>,
    target: Target,
    clock: Clock,
) -> Result<bool, Failure> {
    let marks = Marks::new(unix_ns() ^ u64::from(std::process::id()));
    let mut run = Run::new(args, marks, source(marks)?, target, clock)?;
    run.get_ready()?;
    let report = run.drive(path)?;
    report.print(args.json);
    if let Some(file) = &args.html {
        let doing = || format!("write {}", file.display());
        std::fs::write(file, page::page(&report)).doing(doing)?;
    }
    Ok(report.is_perfect())
}

struct Run<'a> {
    args: &'a Load,
    clock: Clock,
    poll: Poll,
    events: Events,
    marks: Marks,
    source: Source,
    target: Target,
    ledger: Ledger,
    progress: Progress,
    /// SMS submitted, and so the number of the next one.
    next: u32,
    /// What broke on the way.
    broken: Vec<Broken>,
    /// Ctrl-C was pressed: submit nothing more.
    interrupted: Arc<AtomicBool>,
}

/// How a run went until now.
struct Watch {
    /// When to look again.
    tick_ns: u64,
    /// The end of the warm-up.
    from: Option<Point>,
    /// When submitting ended.
    stopped: Option<Point>,
    /// What had happened when something last did.
    last: (u64, Point),
    /// Every fifth of a second, from the first moment on.
    series: Vec<Point>,
}

impl Watch {
    fn new(start: Point, warm_up: u64) -> Self {
        let from = (warm_up == 0).then(|| start.clone());
        let (last, series) = ((0, start.clone()), vec![start.clone()]);
        Self { tick_ns: start.at_ns, from, stopped: None, last, series }
    }
}

impl<'a> Run<'a> {
    fn new(
        args: &'a Load,
        marks: Marks,
        source: Source,
        target: Target,
        clock: Clock,
    ) -> Result<Self, Failure> {
        Ok(Self {
            args,
            clock,
            poll: Poll::new().doing(|| "wait for events".to_owned())?,
            events: Events::with_capacity(1024),
            marks,
            source,
            target,
            ledger: Ledger::new((args.count as usize).min(ROWS_AT_START)),
            progress: Progress::new(args.json || args.no_progress, args.lifetime),
            next: 0,
            broken: Vec::new(),
            interrupted: interruption().doing(|| "wait for Ctrl-C".to_owned())?,
        })
    }

    /// Brings phones and binds in.
    fn get_ready(&mut self) -> Result<(), Failure> {
        self.progress.say("waiting for phones or binds of the dataplane");
        let first_token = self.source.tokens();
        self.target.prepare(&mut self.poll, first_token, &self.clock)?;
        self.source.connect(&self.poll)?;
        let limit = self.clock.ns() + READY_NS;
        while !(self.source.is_ready() && self.target.is_ready()) {
            if self.clock.ns() > limit {
                let what = format!(
                    "binds: {} of {} of ours hold, the far end is {}ready",
                    self.source.open(),
                    self.args.binds,
                    if self.target.is_ready() { "" } else { "not " },
                );
                return Err(Failure::Vain { what, secs: READY_NS / SECOND });
            }
            self.wait(Some(Duration::from_millis(50)))?;
            if let Some(failure) = self.first_failure() {
                return Err(failure);
            }
            self.flush();
            self.target.work(&self.clock, &self.marks, &mut self.ledger);
        }
        Ok(())
    }

    /// Before the run, whatever breaks ends it.
    fn first_failure(&mut self) -> Option<Failure> {
        let doing = || format!("bind to {}", self.source.remote());
        self.broken.pop().map(|broken| match broken {
            Broken::Refused(status) => Failure::BindRefused(status),
            Broken::Lost(why) => Failure::Io { doing: doing(), source: std::io::Error::other(why) },
        })
    }

    /// Submits until count or time is up, then waits until everything has come or nothing does.
    fn drive(mut self, path: &'static str) -> Result<Report, Failure> {
        let start_ns = self.clock.ns();
        let stop_ns = start_ns + self.args.lifetime * SECOND;
        let pace = Pace::of(self.args, start_ns);
        self.ledger.begin_steps(pace.steps());
        if self.source.persists() {
            self.ledger.persist();
        }
        if self.args.receipts && !self.args.mix.is_plain() {
            self.ledger.remember_names();
        }
        let mut watch = Watch::new(self.point(start_ns), self.args.warm_up);
        loop {
            let now_ns = self.clock.ns();
            self.look(&mut watch, now_ns);
            let submitting = self.next < self.args.count
                && !self.interrupted.load(Ordering::Relaxed)
                && pace.is_within(self.next, stop_ns, now_ns)
                && now_ns < stop_ns + self.args.patience * SECOND
                && (self.source.open() > 0 || self.source.persists());
            self.submit_again(now_ns);
            let due_ns = if submitting { self.submit(&pace, now_ns, stop_ns) } else { None };
            if !submitting && watch.stopped.is_none() {
                watch.stopped = Some(self.point(now_ns));
            }
            self.flush();
            let asked = self.source.work(&self.clock, &mut self.ledger);
            let left = self.target.work(&self.clock, &self.marks, &mut self.ledger) || asked;
            let quiet_ns = now_ns.saturating_sub(watch.last.1.at_ns);
            let complete = !submitting && self.ledger.is_complete(self.args.receipts);
            if complete || (!submitting && quiet_ns > self.args.patience * SECOND) {
                break;
            }
            self.wait(patience(now_ns, due_ns, watch.tick_ns, left))?;
        }
        if self.ledger.is_complete(self.args.receipts) {
            watch.last.1 = self.point(self.clock.ns());
        }
        // What had not left when Ctrl-C came is nobody's fault.
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        let due = if interrupted { 0 } else { pace.due_before(stop_ns, self.next.into()) };
        self.source.leave();
        self.target.leave(&mut self.poll, &self.clock);
        Ok(self.report(path, watch, due))
    }

    /// Every fifth of a second: shows how it goes, and remembers it.
    fn look(&mut self, watch: &mut Watch, now_ns: u64) {
        if now_ns < watch.tick_ns {
            return;
        }
        let run_ns = now_ns - watch.series[0].at_ns;
        watch.tick_ns = now_ns + TICK_NS;
        self.progress.show(now_ns, run_ns, &self.ledger);
        let point = self.point(now_ns);
        if watch.from.is_none() && run_ns >= self.args.warm_up * SECOND {
            self.ledger.begin_measuring();
            watch.from = Some(point.clone());
        }
        if self.ledger.progress() != watch.last.0 {
            watch.last = (self.ledger.progress(), point.clone());
        }
        if watch.series.len() < SERIES_MAX {
            watch.series.push(point);
        }
    }

    /// What it came to; `due` SMS were to leave.
    fn report(self, path: &'static str, watch: Watch, due: u64) -> Report {
        let end = watch.last.1;
        self.progress.finish();
        Report {
            path,
            closed_loop: self.args.rate.is_none(),
            binds: self.args.binds,
            window: self.args.window,
            rate: self.args.rate,
            pids: self.args.pids.clone(),
            submit_octets: self.source.octets(),
            answers_are_sip: self.source.is_sip(),
            receipts_asked: self.args.receipts,
            from: watch.from.unwrap_or_else(|| end.clone()),
            stopped: watch.stopped.unwrap_or_else(|| end.clone()),
            end,
            account: self.ledger.account(),
            overdue: due.min(self.args.count.into()).saturating_sub(self.next.into()),
            far_end: self.target.to_json(),
            broken: self.broken.iter().map(Broken::to_string).collect(),
            ledger: self.ledger,
            knee_p99_us: u64::from(self.args.ramp.knee_p99) * 1_000,
            series: watch.series,
        }
    }

    fn point(&self, at_ns: u64) -> Point {
        Point {
            at_ns,
            accepted: self.ledger.totals.accepted,
            delivered: self.ledger.totals.delivered,
            costs: self.args.pids.iter().map(|pid| cost::cost(&[*pid])).collect(),
            own: cost::own_cost(),
        }
    }

    /// Submits what windows, backlog and pace allow; returns when the next SMS is due by the
    /// clock, if the clock is what holds it back.
    fn submit(&mut self, pace: &Pace, now_ns: u64, stop_ns: u64) -> Option<u64> {
        let totals = &self.ledger.totals;
        let receipts = if self.args.receipts { totals.receipts } else { u64::MAX };
        let done = totals.delivered.min(receipts) + totals.refused.values().sum::<u64>();
        let under_way = totals.submitted.saturating_sub(done);
        let backlog = match self.args.backlog {
            0 => u64::MAX,
            most => most.saturating_sub(under_way),
        };
        let mut room = backlog.min(u64::from(self.args.count - self.next));
        while room > 0 && pace.is_within(self.next, stop_ns, now_ns) {
            let due_ns = pace.due_ns(self.next, now_ns);
            if due_ns > now_ns {
                return Some(due_ns);
            }
            let link = self.source.submit(self.next, now_ns)?;
            self.ledger.handle_submitted(due_ns, link);
            self.next += 1;
            room -= 1;
        }
        None
    }

    /// What had no answer leaves again before anything new does.
    fn submit_again(&mut self, now_ns: u64) {
        for bind in self.source.take_lost() {
            self.ledger.handle_broken(bind, now_ns);
        }
        while let Some(id) = self.ledger.next_again(now_ns) {
            let Some(link) = self.source.submit(id, now_ns) else { return };
            self.ledger.take_again();
            self.ledger.handle_submitted_again(id, link);
        }
    }

    fn flush(&mut self) {
        self.source.flush(self.clock.ns(), &mut self.broken);
    }

    /// Waits for news and takes it.
    fn wait(&mut self, patience: Option<Duration>) -> Result<(), Failure> {
        match self.poll.poll(&mut self.events, patience) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome.doing(|| "wait for events".to_owned())?,
        }
        let now_ns = self.clock.ns();
        for event in &self.events {
            let token = event.token().0;
            let closing = event.is_read_closed() || event.is_error();
            let (marks, ledger) = (&self.marks, &mut self.ledger);
            if token >= self.source.tokens() {
                self.target.handle_ready(&self.poll, token, closing, &self.clock, marks, ledger);
                continue;
            }
            let outcome = self.source.handle_ready(token, closing, now_ns, marks, ledger);
            self.broken.extend(outcome.err());
        }
        Ok(())
    }
}

/// True from the first Ctrl-C on; the second one ends the program at once.
fn interruption() -> std::io::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_default(SIGINT, Arc::clone(&interrupted))?;
    flag::register(SIGINT, Arc::clone(&interrupted))?;
    Ok(interrupted)
}

/// How long to wait for news. The kernel waits in milliseconds, so the last one before an SMS is
/// due is spent looking.
fn patience(now_ns: u64, due_ns: Option<u64>, tick_ns: u64, left: bool) -> Option<Duration> {
    if left {
        return Some(Duration::ZERO);
    }
    let to_tick = Duration::from_nanos(tick_ns.saturating_sub(now_ns));
    let to_due = due_ns.map(|due| Duration::from_nanos(due.saturating_sub(now_ns)));
    let to_due = to_due.map(|due| due.saturating_sub(SPIN)).map(whole_millis);
    Some(to_due.map_or(to_tick, |due| due.min(to_tick)))
}

fn whole_millis(duration: Duration) -> Duration {
    Duration::from_millis(duration.as_millis() as u64)
}

const TICK_NS: u64 = SECOND / 5;
const SPIN: Duration = Duration::from_millis(2);

/// How long phones, our binds and the dataplane's may take to come in.
const READY_NS: u64 = 60 * SECOND;

/// Points of a run of an hour.
const SERIES_MAX: usize = 18_000;

/// Memory taken at once; a longer run asks for more on the way.
const ROWS_AT_START: usize = 1 << 22;
