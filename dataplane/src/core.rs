//! One shard at work: a mind, a body, and the desk between them.
//!
//! One turn: what the body collected, orders and mail go into the mind; what the mind wants
//! comes out and goes to the journal, the body and the post; then the body sends all of it at
//! once. Between turns the core sleeps until something happens.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender};
use routing::{Paid, Tap};
use shard::{Adopted, Calm, Input, Letter, Mail, Moment, Output, ShardId};

use crate::attic::Attic;
use crate::board::Board;
use crate::body::{Body, Event};
use crate::clock;
use crate::journal::{Verdict, Writer};
use crate::mesh::Post;
use crate::mind::Mind;
use crate::net::tls::Keys;
use crate::past::{Memories, Past};
use crate::show::Viewer;
use crate::telemetry::Notes;
use crate::upgrade::{Bequest, Passed, Weight};

/// What the node orders.
#[derive(Clone, Debug)]
pub enum Order {
    /// Obey this snapshot.
    Adopt(Adopted),
    /// Show these messages.
    Tap(Arc<[Tap]>),
    /// Carriers paid this.
    Pay(Arc<[Paid]>),
    /// Make links with these keys.
    Rekey(Keys),
    /// Begin nothing: another process goes on soon.
    Pause,
    /// Say how much is left to wait for.
    Weigh,
    /// Take nothing in any more, hand over what there is, and end.
    Freeze,
    /// Take nothing new and finish what is begun.
    Stop,
    /// Write what is written, and end.
    Halt,
}

/// What a shard reports to its node.
#[derive(Debug)]
pub enum Report {
    /// It knows all of its past, and serves.
    Ready(ShardId),
    /// Nothing is left to do.
    Drained(ShardId),
    /// What [`Order::Weigh`] asks for.
    Weighed(Weight),
    /// What [`Order::Freeze`] asks for; it ends now.
    Bequest(ShardId, Box<Bequest>),
    /// It has ended.
    Over(ShardId, io::Result<()>),
}

/// Goes on, or is over?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Call [`Core::turn`] again.
    Serving,
    /// Ordered to end; what is begun is being written, at most until then.
    Halting(Instant),
    /// The same, and what there is goes to another process.
    Freezing(Instant),
    /// All is written.
    Over,
}

/// Everything around the mind but the body.
#[derive(Debug)]
pub struct Desk {
    /// Which shard it is.
    pub shard: ShardId,
    /// From the node, once: its journal, and what stood in it.
    pub past: Receiver<Past>,
    /// Its mail.
    pub post: Post<Mail>,
    /// Its page.
    pub board: Board,
    /// Its attic.
    pub attic: Attic,
    /// Those who look.
    pub viewer: Viewer,
    /// From the node.
    pub orders: Receiver<Order>,
    /// To the node.
    pub reports: Sender<Report>,
}

/// One shard at work.
#[derive(Debug)]
pub struct Core<M, B> {
    mind: M,
    body: B,
    desk: Desk,
    /// `None` until the past is there.
    journal: Option<Writer>,
    /// What is left to be told of the past.
    memories: Option<Memories>,
    notes: Notes,
    wake_at: Option<Instant>,
    /// Turns for which a timer has waited for what came before it.
    put_off: u32,
    phase: Phase,
    /// Does this turn begin to obey another plan?
    adopting: bool,
    /// Does the node ask how much is left?
    weighing: bool,
}

impl<M: Mind, B: Body> Core<M, B> {
    /// Puts a core together.
    pub fn new(mind: M, body: B, desk: Desk) -> Self {
        let phase = Phase::Serving;
        let (notes, wake_at, put_off) = (Notes::default(), None, 0);
        Self {
            mind,
            body,
            desk,
            journal: None,
            memories: None,
            notes,
            wake_at,
            put_off,
            phase,
            adopting: false,
            weighing: false,
        }
    }

    /// The body, for whoever hosts the loop.
    pub fn body(&mut self) -> &mut B {
        &mut self.body
    }

    /// Tells the mind whom it may let in and what they paid, and which links are there already;
    /// what happened before the start comes as it is read.
    pub fn begin(
        &mut self,
        adopted: Option<Adopted>,
        paid: Option<Arc<[Paid]>>,
        inherited: Bequest,
    ) {
        let at = clock::read();
        self.mind.handle(at, Input::Recovering(true));
        // Without a plan nobody knows whose they are: they close.
        if adopted.is_some() {
            self.inherit(at, inherited);
        }
        if let Some(adopted) = adopted {
            self.mind.handle(at, Input::Adopted(adopted));
        }
        if let Some(paid) = paid {
            self.mind.handle(at, Input::Paid(paid));
        }
        self.carry_out(at);
    }

    fn inherit(&mut self, at: Moment, inherited: Bequest) {
        let Bequest { links, letters } = inherited;
        for Passed { handed, fd, unwritten } in links {
            self.body.inherit(handed.link, handed.ends.1, fd, &unwritten);
            self.mind.handle(at, Input::Handed(Box::new(handed)));
        }
        for Letter { socket, peer, octets } in letters {
            self.mind.handle(at, Input::Datagram { socket, peer, bytes: &octets });
        }
    }

    /// Tells the mind the next part of its past, and when that was all reports for duty.
    fn recall(&mut self, at: Moment) {
        if self.journal.is_none()
            && let Ok(Past { journal, recovered, survivors }) = self.desk.past.try_recv()
        {
            let memories = Memories::of(recovered, survivors);
            (self.journal, self.memories) = (Some(journal), Some(memories));
        }
        let Some(memories) = &mut self.memories else { return };
        for _ in 0..TURN_MAX {
            let Some(input) = memories.next() else {
                self.memories = None;
                self.carry_out(at);
                self.journal.iter_mut().for_each(Writer::all_is_told);
                return self.report(Report::Ready(self.desk.shard));
            };
            self.mind.handle(at, input);
        }
    }

    /// Runs until it is over; the body does the sleeping.
    pub fn run(&mut self) -> io::Result<()> {
        while self.turn() != Phase::Over {
            let patience = self.doze();
            self.body.wait(patience)?;
            self.rise();
        }
        Ok(())
    }

    /// Takes in what is ready and carries out what it leads to. Never sleeps.
    pub fn turn(&mut self) -> Phase {
        let at = clock::read();
        self.take_in(at);
        self.recall(at);
        self.carry_out(at);
        self.commit(at);
        self.desk.post.flush();
        self.body.flush();
        if std::mem::take(&mut self.weighing) {
            self.report(Report::Weighed(self.weight()));
        }
        self.end_if_done(at);
        if std::mem::take(&mut self.adopting) {
            self.desk.board.note_adoption(clock::now() - at.now);
        }
        if self.desk.board.poll_timeout() <= at.now || self.phase == Phase::Over {
            self.journal.iter_mut().for_each(Writer::look_after);
            let commits = self.journal.as_ref().map_or(0, Writer::commits);
            self.desk.board.write(at, &mut self.mind, commits, self.desk.post.sent());
        }
        self.phase
    }

    /// Hears from the journal how it is, and begins the next commit.
    fn commit(&mut self, at: Moment) {
        if self.journal.as_mut().is_some_and(Writer::poll_failed) {
            self.mind.handle(at, Input::NotRecorded);
            self.carry_out(at);
        }
        if let Some(is_scarce) = self.journal.as_mut().and_then(Writer::poll_scarce) {
            self.mind.handle(at, Input::Scarce(is_scarce));
            self.carry_out(at);
        }
        if let Some(commit) = self.journal.as_mut().and_then(|journal| journal.poll_commit(at)) {
            self.body.commit(commit);
        }
    }

    fn take_in(&mut self, at: Moment) {
        let Self { mind, body, desk, journal, adopting, .. } = self;
        let mut events = 0;
        body.collect(at.now, TURN_MAX, &mut |event| {
            events += 1;
            match event {
                Event::Input(input) => mind.handle(at, input),
                Event::Committed { octets, result } => {
                    let journal = journal.as_mut().expect("what commits is there");
                    match journal.handle_committed(octets, result) {
                        Verdict::Recorded(upto) => mind.handle(at, Input::Recorded { upto }),
                        Verdict::Voiding => {}
                        Verdict::NotRecorded => mind.handle(at, Input::NotRecorded),
                    }
                }
            }
        });
        while let Ok(order) = desk.orders.try_recv() {
            match order {
                Order::Adopt(adopted) => {
                    mind.handle(at, Input::Adopted(adopted));
                    // Control waits to see it there.
                    desk.board.hurry(at.now);
                    *adopting = true;
                }
                Order::Tap(taps) => mind.handle(at, Input::Tapped(taps)),
                Order::Pay(paid) => mind.handle(at, Input::Paid(paid)),
                Order::Rekey(keys) => body.rekey(keys),
                Order::Pause => mind.handle(at, Input::Pause),
                Order::Weigh => self.weighing = true,
                Order::Freeze => {
                    body.hush();
                    mind.handle(at, Input::Freeze);
                    self.phase = Phase::Freezing(at.now + FREEZE_MAX);
                }
                Order::Stop => mind.handle(at, Input::Stop),
                Order::Halt => self.phase = Phase::Halting(at.now + HALT_MAX),
            }
        }
        desk.attic.collect(TURN_MAX, |input| mind.handle(at, input));
        desk.post.collect(TURN_MAX, |from, mail| mind.handle(at, Input::Mail { from, mail }));
        if self.wake_at.is_some_and(|wake| wake <= at.now) {
            // Whoever slept reads the answers that came meanwhile before it judges who is late.
            if events >= TURN_MAX && self.put_off < PUT_OFF_MAX {
                self.put_off += 1;
                return;
            }
            (self.wake_at, self.put_off) = (None, 0);
            mind.handle(at, Input::Time);
        }
    }

    fn carry_out(&mut self, at: Moment) {
        let Self { mind, body, desk, journal, notes, wake_at, .. } = self;
        while let Some(output) = mind.poll_output() {
            match output {
                Output::Record { upto, count, patient, octets } => {
                    let journal = journal.as_mut();
                    let journal = journal.expect("until its past is there, a mind writes nothing");
                    match patient {
                        true => journal.stage_patient(upto, count, octets),
                        false => journal.stage(upto, count, octets),
                    }
                }
                Output::Send { link, bytes } => body.send(link, bytes),
                Output::SendTo { socket, peer, bytes } => body.send_to(socket, peer, bytes),
                Output::Post { to, mail } => desk.post.send(to, mail),
                Output::Stow { id, place, octets } => desk.attic.stow(id, place, octets),
                Output::Fetch { id, place, len } => desk.attic.fetch(id, place, len),
                Output::Plug(plug) => body.plug(at.now, plug),
                Output::Note(note) => notes.write(at.now, &note),
                Output::Seen(sighting) => desk.viewer.show(sighting),
                Output::Wake(wake) => *wake_at = Some(wake),
                Output::Drained => {
                    // The node may already have given up on us.
                    let _ = desk.reports.send(Report::Drained(desk.shard));
                }
            }
        }
    }

    fn end_if_done(&mut self, at: Moment) {
        let (Phase::Halting(deadline) | Phase::Freezing(deadline)) = self.phase else { return };
        let is_frozen = matches!(self.phase, Phase::Freezing(_));
        if (self.is_written() && (!is_frozen || self.body.is_hushed())) || deadline <= at.now {
            if is_frozen {
                let bequest = Box::new(self.bequest());
                self.report(Report::Bequest(self.desk.shard, bequest));
            }
            self.phase = Phase::Over;
        }
    }

    /// Has everything that was said left us?
    fn is_written(&self) -> bool {
        let is_written = self.journal.as_ref().is_none_or(Writer::is_idle);
        is_written && self.body.is_flushed() && !self.desk.post.is_stuck()
    }

    /// How much is left to wait for, and the mail that would show that something goes on.
    fn weight(&self) -> Weight {
        let calm = if self.is_written() { self.mind.calm() } else { Calm::Busy };
        Weight { calm, sent: self.desk.post.sent(), received: self.desk.post.received() }
    }

    /// What goes to the next process.
    fn bequest(&mut self) -> Bequest {
        let estate = self.mind.estate();
        let passed = estate.links.into_iter().filter_map(|handed| {
            let (fd, unwritten) = self.body.will(handed.link)?;
            Some(Passed { handed, fd, unwritten })
        });
        Bequest { links: passed.collect(), letters: estate.letters }
    }

    /// How long to sleep. If it is not zero, senders of mail know from now on that they must
    /// wake us; call [`rise`](Self::rise) afterwards.
    pub fn doze(&mut self) -> Duration {
        if !self.desk.post.fall_asleep() {
            return Duration::ZERO;
        }
        let is_told = self.memories.is_none() && self.desk.past.is_empty();
        if !is_told || !self.desk.orders.is_empty() || !self.desk.attic.is_empty() {
            self.desk.post.rise();
            return Duration::ZERO;
        }
        let now = clock::now();
        let stuck = self.desk.post.is_stuck().then(|| now + STUCK_POLL);
        let halting = (self.phase != Phase::Serving).then(|| now + STUCK_POLL);
        let times = [
            self.wake_at,
            self.journal.as_ref().and_then(|journal| journal.poll_timeout(now)),
            self.body.poll_timeout(),
            stuck,
            halting,
        ];
        let next = times.into_iter().flatten().fold(self.desk.board.poll_timeout(), Instant::min);
        next.saturating_duration_since(now)
    }

    /// Awake again.
    pub fn rise(&mut self) {
        self.desk.post.rise();
    }

    /// Says something to the node.
    pub fn report(&self, report: Report) {
        // Nobody listens any more when the node has given up; there is nothing else to do then.
        let _ = self.desk.reports.send(report);
    }
}

/// How many completions, and how many mails of one shard, one turn takes in.
const TURN_MAX: usize = 256;

/// For so many full turns, some 16,000 inputs, a timer waits: longer than any backlog of sockets.
const PUT_OFF_MAX: u32 = 64;

/// How often mail without room, or the end of a halt, is looked at again.
const STUCK_POLL: Duration = Duration::from_millis(1);

/// How long it may take to hand over.
const FREEZE_MAX: Duration = Duration::from_secs(1);

/// How long the last octets may take to leave.
const HALT_MAX: Duration = Duration::from_secs(2);
