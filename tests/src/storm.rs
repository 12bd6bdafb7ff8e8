//! A random day: carriers and apps that send, wires that break, nodes that die, and then calm.

use routing::{AckLevel, Unknown};
use sip::Transport;
use smpp::{BindKind, MessageState, Status};

use crate::checks::{Mercy, at_rest, judge, replacement};
use crate::model::Site;
use crate::net::{Faults, MS, SEC};
use crate::peers::esme::Question;
use crate::peers::phone::Answer;
use crate::peers::smsc::Habit;
use crate::peers::{Job, Peer};
use crate::rng::Rng;
use crate::world::World;

/// From this seed on, some days are crowded: carriers submit up to eight times as many.
pub const CROWDED: u64 = 1_000_000;

/// What a day was like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Day {
    /// Sms of carriers and apps.
    pub sms: u64,
    /// Crashes of a node.
    pub crashes: u64,
    /// Wires cut.
    pub cuts: u64,
    /// Questions of carriers about what they had submitted.
    pub questions: u64,
    /// Things that happened.
    pub events: u64,
    /// Seconds of the world's clock.
    pub secs: u64,
}

/// Lives through the day of a seed; an error says which laws were broken.
pub fn day(seed: u64) -> Result<Day, Vec<String>> {
    let (world, mut day, mercy) = live(seed);
    (day.events, day.secs) = (world.events, world.net.now / SEC);
    let wrongs = judge(&world, mercy);
    if wrongs.is_empty() { Ok(day) } else { Err(wrongs) }
}

/// The world at the end of the day of a seed.
pub fn live(seed: u64) -> (World, Day, Mercy) {
    live_on(seed, |_| {})
}

/// The same where something else is agreed besides.
pub fn live_on(seed: u64, agree: impl FnOnce(&mut Site)) -> (World, Day, Mercy) {
    let mut rng = Rng::new(seed ^ 0x5EED);
    let shards = [rng.of(1..4) as u8, rng.of(1..4) as u8];
    let mut site = site(&mut rng);
    agree(&mut site);
    let mut storm = Storm {
        world: World::of(seed, shards, site),
        phones: Vec::new(),
        esmes: Vec::new(),
        smsc: 0,
        day: Day::default(),
        mercy: Mercy::default(),
        crowd: if seed < CROWDED { 1 } else { Rng::new(seed).pick(&[1, 2, 4, 8]) },
        rng,
    };
    storm.people();
    storm.world.net.faults = storm.faults();
    for _ in 0..storm.rng.of(30..120) {
        let pause = storm.rng.of(0..300);
        storm.world.run_ms(pause);
        storm.act();
    }
    storm.calm();
    let Storm { world, day, mercy, .. } = storm;
    (world, day, mercy)
}

/// The standard site with an SMSC and carriers to which something else is agreed every day.
fn site(rng: &mut Rng) -> Site {
    let mut site = Site::standard();
    let centre = &mut site.environment("env1").connections[1];
    centre.count_hops = false;
    centre.manner.unknown = rng.pick(&[Unknown::Resend, Unknown::Hold, Unknown::Fail]);
    centre.manner.links = rng.pick(&[0, 1, 3]);
    centre.manner.version = rng.pick(&[0, 0, 0x33, 0x50]);
    centre.manner.always_ask = rng.permille(300);
    centre.tps = rng.pick(&[0, 0, 10]);
    let levels = [AckLevel::Durable, AckLevel::Durable, AckLevel::Delivered, AckLevel::Memory];
    site.carrier_of("tata").contract.modes = rng.permille(500);
    site.carrier_of("c1").contract.ack = rng.pick(&levels);
    for carrier in &mut site.environment("env2").carriers {
        carrier.contract.modes = rng.permille(500);
    }
    site.publish()
}

struct Storm {
    world: World,
    rng: Rng,
    phones: Vec<usize>,
    esmes: Vec<usize>,
    smsc: usize,
    day: Day,
    mercy: Mercy,
    crowd: u64,
}

impl Storm {
    fn people(&mut self) {
        let world = &mut self.world;
        world.run_ms(5);
        self.smsc = world.add_smsc();
        let (trx, tx, rx) = (BindKind::Transceiver, BindKind::Transmitter, BindKind::Receiver);
        let kinds = match self.rng.of(0..4) {
            0 => vec![trx],
            1 => vec![trx, trx, trx],
            2 => vec![tx, rx],
            _ => vec![trx, tx, rx],
        };
        self.esmes = vec![world.add_esme_of("tata", &kinds), world.add_esme("c1", 1)];
        for esme in self.esmes.clone() {
            let (esme, _) = self.world.esme(esme);
            esme.window = self.rng.of(1..12) as usize;
            esme.redial_ms = match self.rng.of(0..3) {
                0 => 1..3,
                1 => 50..500,
                _ => 500..3000,
            };
        }
        for user in USERS {
            let phone = self.world.add_phone(user);
            self.phones.push(phone);
            if self.rng.permille(400) {
                self.world.phone(phone).0.carriage.transport = Transport::Tcp;
            }
            if self.rng.permille(700) {
                let (phone, net) = self.world.phone(phone);
                phone.register(net);
            }
        }
    }

    fn faults(&mut self) -> Faults {
        let rng = &mut self.rng;
        let tcp_us = rng.pick(&[100, 2_000, 20_000]);
        Faults {
            tcp_us,
            segment: rng.pick(&[0, 0, 7, 100]),
            udp_us: rng.pick(&[200, 5_000, 50_000]),
            loss: rng.pick(&[0, 0, 20, 100, 250]),
            twice: rng.pick(&[0, 0, 50]),
            late: rng.pick(&[0, 0, 10, 100]),
            unheard: rng.pick(&[0, 0, 100, 400]),
            commit_us: rng.pick(&[200, 2_000, 30_000, 500_000]),
            mail_us: rng.pick(&[20, 200]),
            read_us: rng.pick(&[100, 20_000, 1_000_000]),
            turn_us: rng.pick(&[10, 100]),
            // By the same die, so that days are as they were before there was an attic.
            attic_us: tcp_us * 20,
            attic_fails: if tcp_us == 100 { 0 } else { 7 },
        }
    }

    fn act(&mut self) {
        match self.rng.of(0..100) {
            0..56 => self.submit(),
            56..62 => self.ask(),
            62..75 => self.text(),
            75..82 => self.cut(),
            82..85 => self.crash(),
            85..88 => self.blink(),
            88..92 => self.moods(),
            92..94 => {
                let site = self.world.site.clone();
                self.world.publish(site);
            }
            94..97 => self.register(),
            97 => match self.rng.of(0..2) {
                0 => self.habits(),
                _ => self.numb(),
            },
            98 => self.unbind(),
            _ => self.rarely(),
        }
    }

    fn submit(&mut self) {
        let esme = self.rng.pick(&self.esmes);
        for _ in 0..self.crowd * self.rng.pick(&[1, 1, 1, 3, 12]) {
            self.day.sms += 1;
            let text = format!("s{}", self.day.sms);
            let called = match self.rng.of(0..20) {
                0 => "999",
                1 | 2 => "3331",
                _ => self.rng.pick(&USERS),
            };
            // A next hop says nothing of a success when only failures are asked for, so such
            // an Sms stays open until its validity ends.
            let here = called.starts_with('1');
            let registered = self.rng.pick(if here { &[0, 1, 1, 1, 2] } else { &[0, 1, 1] });
            let job = self.job(Job::new(called, &text).registered(registered));
            let (esme, net) = self.world.esme(esme);
            esme.submit(net, job);
        }
    }

    /// Most are ordinary; some are urgent, some wait for their time, some want another answer.
    fn job(&mut self, job: Job) -> Job {
        let priority = self.rng.pick(&[0, 0, 0, 1, 2, 3]);
        let mode = self.rng.pick(&[0, 0, 0, 0, 0, 1, 2, 3]);
        let schedule = match self.rng.of(0..10) {
            0 => self.rng.pick(&["000000000002000R", "000000000030000R", "200101000000000+"]),
            _ => "",
        };
        job.priority(priority).mode(mode).schedule(schedule)
    }

    /// A carrier asks about one of its latest Sms.
    fn ask(&mut self) {
        let esme = self.rng.pick(&self.esmes);
        let jobs = &self.world.esme(esme).0.jobs;
        let known = jobs.iter().rev().filter_map(|job| Some((job, job.id()?)));
        let known: Vec<_> = known
            .take(8)
            .map(|(job, id)| {
                (id.to_owned(), job.text.clone(), job.destination.clone(), job.registered)
            })
            .collect();
        if known.is_empty() {
            return;
        }
        let which = self.rng.of(0..known.len() as u64) as usize;
        let (id, text, destination, registered) = known[which].clone();
        let question = match self.rng.of(0..10) {
            0..5 => Question::Query(id),
            5..8 => Question::Cancel(id),
            8 => Question::Replace(id, replacement(&text), registered),
            _ => Question::CancelAll(destination),
        };
        let (esme, net) = self.world.esme(esme);
        self.day.questions += u64::from(esme.ask(net, question));
    }

    fn text(&mut self) {
        let phone = self.rng.pick(&self.phones);
        self.day.sms += 1;
        let text = format!("t{}", self.day.sms);
        let called = self.rng.pick(&["1111", "1112", "2222", "2223", "999"]);
        let (phone, net) = self.world.phone(phone);
        phone.send(net, called, &text);
    }

    fn cut(&mut self) {
        // An orderly goodbye is believed: what it leaves on its way arrives.
        let wires = self.world.net.whole_wires();
        if wires.is_empty() {
            return;
        }
        let wire = self.rng.pick(&wires);
        self.day.cuts += 1;
        self.mercy.receipts_again = true;
        self.world.net.cut(wire);
    }

    /// The connection of an app dies, and nobody notices for a while.
    fn numb(&mut self) {
        let phone = self.rng.pick(&self.phones);
        let silence = self.rng.pick(&[2, 20, 210]) * SEC;
        let (phone, net) = self.world.phone(phone);
        if let Some(wire) = phone.carriage.wire() {
            self.day.cuts += 1;
            net.numb(wire, silence);
        }
    }

    fn crash(&mut self) {
        let node = self.rng.of(0..2) as usize;
        if self.world.nodes[node].is_up() && self.day.crashes < 3 {
            self.day.crashes += 1;
            self.mercy.crashes = true;
            if self.rng.permille(300) {
                self.world.nodes[node].shards = self.rng.of(1..4) as u8;
            }
            let down = self.rng.pick(&[20, 300, 3000]);
            self.world.crash(node, down);
        }
    }

    fn blink(&mut self) {
        let phone = self.rng.pick(&self.phones);
        let phone = self.world.phone(phone).0;
        phone.online = !phone.online;
    }

    fn moods(&mut self) {
        let phone = self.rng.pick(&self.phones);
        let no = Answer::Status(self.rng.pick(&[404, 603, 415, 480, 486, 503]));
        let answers = [Answer::Silent, Answer::Silent, no];
        for _ in 0..self.rng.of(1..4) {
            let answer = self.rng.pick(&answers);
            self.world.phone(phone).0.answers.push_back(answer);
        }
    }

    fn register(&mut self) {
        let phone = self.rng.pick(&self.phones);
        let (phone, net) = self.world.phone(phone);
        phone.register(net);
    }

    fn habits(&mut self) {
        let state = self.rng.pick(&[MessageState::Delivered, MessageState::Undeliverable]);
        let habit = self.rng.pick(&[
            Habit::Take(state, 300),
            Habit::ReceiptFirst(state),
            Habit::Silent,
            Habit::Late(12_000),
            Habit::Refuse(Status::RTHROTTLED),
            Habit::Refuse(Status::RMSGQFUL),
            Habit::Refuse(Status::RINVDSTADR),
            Habit::Refuse(Status::RSYSERR),
        ]);
        let smsc = self.smsc;
        self.world.smsc(smsc).habits.push_back(habit);
    }

    fn rarely(&mut self) {
        match self.rng.of(0..6) {
            0 => self.stop(),
            5 => self.upgrade(),
            1 => self.break_disk(),
            2 => {
                let esme = self.rng.pick(&self.esmes);
                self.world.esme(esme).0.deaf = 200;
                self.mercy.receipts_again = true;
            }
            3 => {
                let phone = self.rng.pick(&self.phones);
                let (phone, net) = self.world.phone(phone);
                phone.leave(net);
            }
            _ => {
                let mut site = self.world.site.clone();
                site.carrier_of("c1").window = self.rng.of(1..20) as u16;
                site.carrier_of("tata").tps = self.rng.pick(&[0, 20]);
                self.world.publish(site);
            }
        }
    }

    /// A node is told to stop, stops, and is started again.
    fn stop(&mut self) {
        let node = self.rng.of(0..2) as usize;
        if self.world.nodes[node].is_up() {
            self.mercy.crashes = true;
            self.world.stop(node);
            self.world.run_ms(1500);
            self.world.crash(node, 100);
        }
    }

    /// A node becomes another program. What it asked of peers that do not answer for longer than
    /// it waits is unknown, as after a crash.
    fn upgrade(&mut self) {
        let node = self.rng.of(0..2) as usize;
        if self.world.nodes[node].is_up() {
            self.mercy.crashes = true;
            self.world.upgrade(node);
        }
    }

    /// A disk fails, and a while later the node is started on another one.
    fn break_disk(&mut self) {
        let node = self.rng.of(0..2) as usize;
        if self.world.nodes[node].is_up() {
            self.mercy.crashes = true;
            let disks = self.world.nodes[node].disks.len() as u64;
            let disk = self.rng.of(0..disks) as usize;
            self.world.nodes[node].disks[disk].broken = true;
            self.world.run_ms(700);
            self.world.crash(node, 100);
            self.world.nodes[node].disks[disk].broken = false;
        }
    }

    fn unbind(&mut self) {
        let esme = self.rng.pick(&self.esmes);
        let (esme, net) = self.world.esme(esme);
        if let Some(link) = esme.bound().first() {
            esme.unbind(net, *link);
        }
        self.mercy.receipts_again = true;
    }

    /// Nothing breaks any more, everybody is there, and time passes.
    fn calm(&mut self) {
        self.world.net.faults = Faults::none();
        let Self { world, phones, .. } = self;
        world.run_ms(4000);
        for esme in &self.esmes {
            world.esme(*esme).0.deaf = 0;
        }
        for phone in phones.clone() {
            let (phone, net) = world.phone(phone);
            (phone.expires_secs, phone.answers) = (3600, Default::default());
            phone.register(net);
        }
        // At the latest it ends when its validity does, whatever was forgotten of it.
        let until = world.net.now + 26 * 3600 * SEC;
        world.run_until_that(until, at_rest);
        world.run_until(world.net.now + 100 * MS);
        let refused = world.peers.iter().any(|peer| match peer {
            Peer::Phone(phone) => phone.answered.keys().any(|status| *status >= 400),
            Peer::Esme(_) | Peer::Smsc(_) | Peer::Gateway(_) => false,
        });
        self.mercy.undelivered = refused;
    }
}

const USERS: [&str; 5] = ["1111", "1112", "1113", "2222", "2223"];
