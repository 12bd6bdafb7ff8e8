//! The laws (promises.md 1.6), judged at rest and from outside: by what the peers said and
//! heard, and for the money by what the journals hold.

use std::collections::{BTreeMap, BTreeSet};

use routing::board::Tally;
use routing::journal::Record;
use routing::{AckLevel, Ingress, MessageId, Sms, Unknown};
use smpp::{MessageState, Status};

use crate::model::PRICE;
use crate::peers::esme::is_temporary;
use crate::peers::{Esme, Job, Peer};
use crate::world::World;

mod afar;
mod named;
mod questions;

pub use questions::replacement;

/// What a run may be forgiven for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mercy {
    /// Nodes crashed: a receipt whose answer was not yet durable comes again.
    pub crashes: bool,
    /// Receipts were left unanswered or their answers lost with a link: they come again.
    pub receipts_again: bool,
    /// Not everything can be delivered.
    pub undelivered: bool,
}

/// Is nothing on its way any more?
pub fn at_rest(world: &World) -> bool {
    let answered = world.esmes().all(|esme| {
        esme.jobs.iter().all(|job| match &job.answer {
            Some(Ok(_)) => true,
            Some(Err(status)) => !is_temporary(*status),
            None => false,
        })
    });
    answered
        && world.phones().all(|phone| phone.is_idle())
        && world.nodes.iter().all(|node| node.is_up())
        && world.tally(Tally::Pending) == 0
        && world.tally(Tally::ReceiptsPending) == 0
}

/// Every law that was broken.
pub fn judge(world: &World, mercy: Mercy) -> Vec<String> {
    let mut wrongs = Vec::new();
    for node in &world.nodes {
        wrongs.extend(node.watch.wrongs.iter().map(|wrong| format!("{}: {wrong}", node.name)));
    }
    world.esmes().for_each(|esme| wrongs.extend(esme.wrongs.iter().cloned()));
    world.phones().for_each(|phone| wrongs.extend(phone.wrongs.iter().cloned()));
    if !at_rest(world) {
        let (pending, receipts) =
            (world.tally(Tally::Pending), world.tally(Tally::ReceiptsPending));
        wrongs.push(format!("not at rest: {pending} pending, {receipts} receipts pending"));
        for flight in world.nodes.iter().flat_map(crate::node::Node::open) {
            let (sms, tried) = (&flight.sms, flight.attempt.map(|attempt| attempt.attempt));
            let (peer_id, outcome) = (flight.peer_id, flight.outcome.map(|o| o.state));
            let (id, target) = (sms.id, sms.target);
            wrongs.push(format!("{id} {target:?} tried {tried:?} {peer_id:?} {outcome:?}"));
        }
    }
    let seen = Seen::of(world);
    deliveries(world, &seen, mercy, &mut wrongs);
    receipts(world, &seen, mercy, &mut wrongs);
    questions::questions(world, &seen, mercy, &mut wrongs);
    texts(world, &seen, mercy, &mut wrongs);
    order(world, &mut wrongs);
    centres(world, &mut wrongs);
    named::named(world, &mut wrongs);
    afar::afar(world, &seen, mercy, &mut wrongs);
    money(world, mercy, &mut wrongs);
    early(world, mercy, &mut wrongs);
    wrongs
}

/// What arrived, by its text.
struct Seen<'a> {
    /// How often it came to any phone, each Call-ID once.
    at_phones: BTreeMap<&'a str, usize>,
    /// What message centres have, in its old words.
    at_centres: BTreeSet<String>,
}

impl<'a> Seen<'a> {
    fn of(world: &'a World) -> Self {
        let mut at_phones = BTreeMap::new();
        for got in world.phones().flat_map(|phone| &phone.got) {
            *at_phones.entry(got.text.as_str()).or_default() += 1;
        }
        let got = world.smscs().flat_map(|smsc| &smsc.got);
        let text = |text: &[u8]| questions::original(&String::from_utf8_lossy(text)).to_owned();
        Self { at_phones, at_centres: got.map(|got| text(&got.text)).collect() }
    }

    /// How often a text came to any phone.
    fn copies(&self, text: &str) -> usize {
        self.at_phones.get(text).copied().unwrap_or(0)
    }

    /// How often a job came, in its old words or in new ones, or among others of its text.
    fn came(&self, job: &Job) -> usize {
        if let Some(said) = segment(job) {
            let has = |(text, count): (&&str, &usize)| text.matches(said).count() * count;
            return self.at_phones.iter().map(has).sum();
        }
        self.copies(&job.text) + self.copies(&replacement(&job.text))
    }

    /// A message centre has it, or should: what becomes of it there is not seen by any phone.
    fn went_abroad(&self, job: &Job) -> bool {
        job.destination.starts_with('3') || self.at_centres.contains(&job.text)
    }
}

/// What a segment of a long text says behind its header.
fn segment(job: &Job) -> Option<&str> {
    let length = usize::from(*job.text.as_bytes().first()?);
    job.text.get(length + 1..).filter(|_| job.esm_class & 0x40 != 0)
}

/// O1, O2: what was answered positively is delivered once or ended otherwise; the rest never was.
fn deliveries(world: &World, seen: &Seen<'_>, mercy: Mercy, wrongs: &mut Vec<String>) {
    for (esme, job) in world.esmes().flat_map(|esme| esme.jobs.iter().map(move |job| (esme, job))) {
        let (copies, text) = (seen.came(job), &job.text);
        match &job.answer {
            // Who has no answer tries anew what is never tried twice by us.
            _ if copies > 1 && !(waits(world, esme, job) && copies <= job.sent as usize) => {
                wrongs.push(format!("{text:?} came {copies} times"))
            }
            Some(Ok(id)) if copies == 0 && !may_be_missing(world, seen, (esme, job, id), mercy) => {
                wrongs.push(format!("{text:?} ({id}) was accepted and never came"));
            }
            // The one attempt may have arrived without our hearing of it.
            Some(Err(Status::RDELIVERYFAILURE)) if waits(world, esme, job) => {}
            Some(Err(status)) if copies == 1 => {
                wrongs.push(format!("{text:?} was refused with {status} and came"));
            }
            None => wrongs.push(format!("{text:?} was never answered")),
            Some(Ok(_) | Err(_)) => {}
        }
    }
}

/// What was agreed about the answer to an Sms, and whether it has one attempt.
fn agreed(world: &World, esme: &Esme, job: &Job) -> (AckLevel, bool) {
    let env1 = world.site.plan.environments.iter().find(|env| env.name == "env1");
    let mut carriers = env1.into_iter().flat_map(|env| &env.carriers);
    let contract = carriers.find(|c| c.system_id == esme.system_id).map(|c| &c.contract);
    let (ack, modes) = contract.map_or((AckLevel::Durable, false), |c| (c.ack, c.modes));
    match job.esm_class & 3 {
        1 if modes => (AckLevel::Memory, true),
        2 if modes => (AckLevel::Delivered, true),
        3 => (AckLevel::Durable, false),
        _ => (ack, ack == AckLevel::Delivered),
    }
}

/// Is it answered with its outcome?
fn waits(world: &World, esme: &Esme, job: &Job) -> bool {
    agreed(world, esme, job).0 == AckLevel::Delivered
}

/// May it be lost in a crash although it was answered?
fn is_forgotten(world: &World, esme: &Esme, job: &Job, mercy: Mercy) -> bool {
    mercy.crashes && agreed(world, esme, job).0 == AckLevel::Memory
}

/// It went to a message centre, or its carrier was told that it failed, or asked for no report,
/// or it may be lost.
fn may_be_missing(
    world: &World,
    seen: &Seen<'_>,
    (esme, job, id): (&Esme, &Job, &str),
    mercy: Mercy,
) -> bool {
    match agreed(world, esme, job) {
        // Its app said yes, if it is an app of env1.
        (AckLevel::Delivered, _) if job.destination.starts_with('1') => return false,
        (AckLevel::Delivered, _) | (AckLevel::Memory, true) => return true,
        (AckLevel::Memory, false) if mercy.crashes => return true,
        (AckLevel::Memory, false) | (AckLevel::Durable, _) => {}
    }
    let told = |state: Option<MessageState>| state.is_some_and(|s| s != MessageState::Delivered);
    let reports = matches!(job.registered & 3, 1 | 2);
    let failed = || esme.receipts.iter().any(|receipt| receipt.id == id && told(receipt.state));
    seen.went_abroad(job)
        || questions::was_cancelled(esme, job, id)
        || mercy.undelivered && (!reports || failed())
}

/// O5: one final receipt for each Sms that wants one, and it tells the truth.
fn receipts(world: &World, seen: &Seen<'_>, mercy: Mercy, wrongs: &mut Vec<String>) {
    let afar = afar::taken_afar(world);
    for esme in world.esmes() {
        let mut taken: BTreeMap<&str, Vec<Option<MessageState>>> = BTreeMap::new();
        for receipt in esme.receipts.iter().filter(|receipt| receipt.answered) {
            taken.entry(&receipt.id).or_default().push(receipt.state);
        }
        let mut wanted = BTreeSet::new();
        for job in &esme.jobs {
            let Some(id) = job.id() else { continue };
            if !wanted.insert(id) {
                wrongs.push(format!("{id} names two Sms"));
            }
            let states = taken.get(id).map(Vec::as_slice).unwrap_or_default();
            let delivered = states.contains(&Some(MessageState::Delivered));
            let came = seen.came(job) == 1;
            let expected = match job.registered & 3 {
                _ if agreed(world, esme, job).1 => 0,
                _ if !came && states.is_empty() && is_forgotten(world, esme, job, mercy) => 0,
                0 => 0,
                2 => usize::from(!states.is_empty() && !delivered),
                _ => 1,
            };
            let again = mercy.crashes || mercy.receipts_again;
            if states.len() != expected && !(again && states.len() > expected && expected > 0) {
                wrongs.push(format!("{id} has {} receipts, not {expected}", states.len()));
            }
            if states.windows(2).any(|two| two[0] != two[1]) {
                wrongs.push(format!("{id} ended differently: {states:?}"));
            }
            let final_no = |state: &Option<MessageState>| {
                let no =
                    [MessageState::Rejected, MessageState::Undeliverable, MessageState::Deleted];
                state.is_some_and(|state| no.contains(&state))
            };
            let is_somewhere = came || afar.contains_key(&job.text);
            if delivered && !is_somewhere || came && states.iter().any(final_no) {
                wrongs.push(format!("{id} was said to be {states:?}, and came: {came}"));
            }
        }
        for id in taken.keys().filter(|id| !wanted.contains(*id)) {
            wrongs.push(format!("a receipt for {id}, which nobody was told of"));
        }
    }
}

/// The same for what apps sent: 202 is once, a refusal is never, no answer is at most once.
fn texts(world: &World, seen: &Seen<'_>, mercy: Mercy, wrongs: &mut Vec<String>) {
    for sent in world.phones().flat_map(|phone| &phone.sent).filter(|sent| sent.other.is_none()) {
        let (copies, text) = (seen.copies(&sent.text), &sent.text);
        let right = match sent.status {
            Some(202) => copies == 1 || mercy.undelivered && copies == 0,
            Some(408) | None => copies <= 1,
            Some(_) => copies == 0,
        };
        if !right {
            wrongs.push(format!("{text:?} was answered {:?} and came {copies} times", sent.status));
        }
    }
}

/// O7: a message centre gets one copy more than one of an Sms at most, and none at all unless
/// that was agreed.
fn centres(world: &World, wrongs: &mut Vec<String>) {
    let mut connections = world.site.plan.environments.iter().flat_map(|env| &env.connections);
    let centre = connections.find(|connection| !connection.count_hops);
    let unknown = centre.map(|connection| connection.manner.unknown).unwrap_or_default();
    let copies_max = if unknown == Unknown::Resend { 2 } else { 1 };
    for smsc in world.peers.iter().filter_map(Peer::centre) {
        let mut copies: BTreeMap<&[u8], usize> = BTreeMap::new();
        for got in smsc.got.iter().filter(|got| !got.refused) {
            *copies.entry(&got.text).or_default() += 1;
        }
        // Who waits for the outcome may try anew what it heard nothing of.
        let again = |text: &[u8]| {
            let mut jobs = world.esmes().flat_map(|esme| esme.jobs.iter().map(move |j| (esme, j)));
            let job = jobs.find(|(esme, j)| j.text.as_bytes() == text && waits(world, esme, j));
            job.map_or(0, |(_, job)| job.sent.saturating_sub(1) as usize)
        };
        let too_many = |text: &[u8], count| count > copies_max + again(text);
        for (text, count) in copies.into_iter().filter(|(text, count)| too_many(text, *count)) {
            let text = String::from_utf8_lossy(text);
            wrongs.push(format!("{text:?} was left at an SMSC {count} times ({unknown:?})"));
        }
    }
}

/// O9: an account gets its Sms of one priority in the order in which they became ours, but for
/// those that had to wait for their time.
fn order(world: &World, wrongs: &mut Vec<String>) {
    let jobs = world.esmes().flat_map(|esme| &esme.jobs);
    let jobs: BTreeMap<&str, &Job> = jobs.map(|job| (job.text.as_str(), job)).collect();
    let given_up = |record| match record {
        Record::Outcome(outcome) if !outcome.state.is_success() => Some(outcome.id),
        _ => None,
    };
    // What was given up may still be on its way, and arrive after what was sent then.
    let records = world.nodes.iter().flat_map(|node| node.records());
    let given_up: BTreeSet<MessageId> = records.filter_map(given_up).collect();
    for (phone, priority) in world.phones().flat_map(|phone| (0..4).map(move |p| (phone, p))) {
        let id = |call_id: &str| {
            let id = call_id.split('@').next().unwrap_or_default();
            MessageId::parse(id.as_bytes()).ok()
        };
        let joins =
            |text: &str| jobs.values().filter_map(|job| segment(job)).any(|s| text.contains(s));
        let is_meant = |text: &str| match jobs.get(questions::original(text)) {
            Some(job) => job.priority == priority && job.schedule.is_empty(),
            // A text joined of segments waited for the last of them.
            None => priority == 0 && !joins(text),
        };
        let got = phone.got.iter().filter(|got| is_meant(&got.text));
        let ids = got.filter_map(|got| id(&got.call_id)).filter(|id| !given_up.contains(id));
        let ids: Vec<_> = ids.collect();
        if let Some(two) = ids.windows(2).find(|two| two[0] > two[1]) {
            wrongs.push(format!("{}: {} came before {}", phone.user, two[0], two[1]));
        }
    }
}

/// One charge for each Sms of a carrier, at the price of its tariff, whatever was sent twice.
fn money(world: &World, mercy: Mercy, wrongs: &mut Vec<String>) {
    // What is answered with its outcome is charged for a success.
    let success = |record| match record {
        Record::Outcome(outcome) if outcome.state.is_success() => Some(outcome.id),
        _ => None,
    };
    let succeeded: BTreeSet<_> = world.nodes[0].records().filter_map(success).collect();
    for esme in world.esmes() {
        let mut accepted: Vec<Box<Sms>> = accepts_of(world, &esme.system_id);
        accepted.retain(|sms| sms.ack != AckLevel::Delivered || succeeded.contains(&sms.id));
        let mut by_text: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for sms in &accepted {
            let routing::Content::Coded { octets, .. } = &sms.content else { continue };
            *by_text.entry(octets.clone()).or_default() += 1;
        }
        let mut submitted: BTreeMap<&[u8], usize> = BTreeMap::new();
        let yes = esme.jobs.iter().filter(|job| job.id().is_some());
        yes.for_each(|job| *submitted.entry(job.text.as_bytes()).or_default() += 1);
        for (text, count) in &by_text {
            let said = submitted.get(text.as_slice()).copied().unwrap_or(0);
            if *count != said {
                let text = String::from_utf8_lossy(text);
                wrongs.push(format!("{text:?}: accepted {count} times, answered {said} times"));
            }
        }
        let lost = |job: &&Job| {
            let text = job.text.as_bytes();
            is_forgotten(world, esme, job, mercy) && !by_text.contains_key(text)
        };
        let lost = esme.jobs.iter().filter(|job| job.id().is_some()).filter(lost).count();
        let due: i64 = accepted.iter().map(|sms| sms.charge.amount_micros).sum();
        let said: i64 = submitted.values().map(|count| *count as i64 * PRICE).sum();
        let said = said - lost as i64 * PRICE;
        if due != said {
            wrongs.push(format!("{} owes {due}, not {said}", esme.system_id));
        }
    }
}

/// What was answered before it was durable was journaled all the same, unless we crashed.
fn early(world: &World, mercy: Mercy, wrongs: &mut Vec<String>) {
    for node in world.nodes.iter().filter(|_| !mercy.crashes) {
        let lost = node.watch.early.iter();
        wrongs.extend(lost.map(|id| format!("{id} was answered and never written down")));
    }
}

/// What a carrier of env1 got accepted, as the journals say.
pub fn accepts_of(world: &World, system_id: &str) -> Vec<Box<Sms>> {
    let env1 = world.site.plan.environments.iter().find(|env| env.name == "env1");
    let carriers = env1.map(|env| &env.carriers).into_iter().flatten();
    let id = carriers.filter(|carrier| carrier.system_id == system_id).map(|c| c.id).next();
    let ours = |record| match record {
        Record::Accept(sms) => match sms.ingress {
            Ingress::Smpp { carrier, .. } if Some(carrier) == id => Some(sms),
            Ingress::Smpp { .. }
            | Ingress::Connection { .. }
            | Ingress::Trunk { .. }
            | Ingress::Sip { .. } => None,
        },
        _ => None,
    };
    world.nodes[0].records().filter_map(ours).collect()
}
