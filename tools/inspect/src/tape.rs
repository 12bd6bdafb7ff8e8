//! Tapes: printed, or lived again.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use dataplane::clock;
use dataplane::config::Config;
use dataplane::plan::{self, Seal};
use dataplane::tape::{Entry, Link, Noted, Player, Recorded, read_all};
use shard::{Adopted, ShardId};

/// What is given at the moment, for whoever asks when it was the last.
static NOW: Mutex<Option<String>> = Mutex::new(None);

/// Tapes and the node that they are of.
pub(crate) struct Site {
    config: Config,
    seal: Seal,
    tapes: Vec<Recorded>,
}

impl Site {
    /// Reads what is at `path`, of the node with this configuration.
    pub(crate) fn read(path: &Path, config: &Path, key: Option<&Path>) -> io::Result<Self> {
        let config = Config::read(config).map_err(io::Error::other)?;
        let seal = Seal::read(key.unwrap_or(&config.key_file)).map_err(io::Error::other)?;
        let tapes = read_all(path, &seal).map_err(io::Error::other)?;
        Ok(Self { config, seal, tapes })
    }

    /// Prints what stands on tapes, one input a line.
    pub(crate) fn print(self, text: bool, out: &mut impl Write) -> io::Result<bool> {
        for tape in self.tapes {
            describe(&tape, out)?;
            for noted in &tape.entries {
                if let Some(line) = line(tape.shard, noted, text) {
                    writeln!(out, "{line}")?;
                }
            }
        }
        Ok(true)
    }

    /// Gives what stands on tapes to new shards.
    pub(crate) fn replay(self, out: &mut impl Write) -> io::Result<bool> {
        let Self { config, seal, tapes } = self;
        tapes.iter().try_for_each(|tape| describe(tape, out))?;
        out.flush()?;
        tell_where_it_dies();
        let plans = |generation| plan_of(&config, &seal, generation);
        let told = |shard| config.of_shard(&seal, shard);
        let player = Player::new(tapes, told, clock::now(), &plans);
        let played = player.play(|shard, noted| {
            let said = line(shard, noted, false);
            *NOW.lock().unwrap_or_else(PoisonError::into_inner) = said;
        });
        let (turns, inputs) = (played.turns, played.inputs);
        write!(out, "played {inputs} inputs in {turns} turns, {} missing: ", played.missing)?;
        match played.astray {
            None => writeln!(out, "every turn said what it said then")?,
            Some((shard, turn)) => {
                writeln!(out, "shard {shard} said something else from its turn {turn} on")?;
            }
        }
        Ok(played.astray.is_none() && played.missing == 0)
    }
}

fn describe(tape: &Recorded, out: &mut impl Write) -> io::Result<()> {
    let (first, last) = (tape.entries.first(), tape.entries.last());
    let span = last.map_or(0, |last| last.now_ns) - first.map_or(0, |first| first.now_ns);
    let begins = if tape.whole { "from its birth" } else { "from the middle of its life" };
    let (shard, shards, count) = (tape.shard.0, tape.shards, tape.entries.len());
    let ms = span / 1_000_000;
    writeln!(out, "shard {shard} of {shards}: {count} entries over {ms} ms, {begins}")
}

fn plan_of(config: &Config, seal: &Seal, generation: u64) -> Option<Adopted> {
    let name = routing::snapshot::file_name(generation);
    let snapshot = plan::load(&config.plan, &name, &[]);
    snapshot.inspect_err(|error| eprintln!("{error}")).ok().map(|snapshot| seal.unseal(snapshot))
}

/// A shard that dies again says at which input.
fn tell_where_it_dies() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        let now = NOW.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("it died when it was given:\n{}", now.as_deref().unwrap_or("nothing yet"));
    }));
}

/// An input in a line; the end of a turn is none.
fn line(shard: ShardId, noted: &Noted, text: bool) -> Option<String> {
    let said = |octets: &[u8]| match text {
        true => format!(" \"{}\"", octets.escape_ascii()),
        false => String::new(),
    };
    let what = match &noted.entry {
        Entry::Turn(_) => return None,
        Entry::Adopted(generation) => format!("ADOPTED g{generation}"),
        Entry::Tapped(taps) => format!("TAPPED {}", taps.len()),
        Entry::Bytes(link, octets) => {
            format!("BYTES link {} {} octets{}", link.0, octets.len(), said(octets))
        }
        Entry::Datagram(socket, peer, octets) => {
            let len = octets.len();
            format!("DATAGRAM socket {} {peer} {len} octets{}", socket.0, said(octets))
        }
        Entry::Linked(Link { link, local, peer, tls, .. }) => {
            let tls = if *tls { " TLS" } else { "" };
            format!("LINKED link {} {peer} at {local}{tls}", link.0)
        }
        Entry::Unlinked(link, cause) => format!("UNLINKED link {} {cause:?}", link.0),
        Entry::Mail(from) => format!("MAIL of shard {from}"),
        Entry::Recorded(upto) => format!("RECORDED up to {upto}"),
        Entry::NotRecorded => "NOT RECORDED".to_owned(),
        Entry::Scarce(yes) => format!("SCARCE {yes}"),
        Entry::Recovering(yes) => format!("RECOVERING {yes}"),
        Entry::Recovered(flight) => format!("RECOVERED {}", flight.sms.id),
        Entry::Doubtful(sms) => format!("DOUBTFUL {}", sms.id),
        Entry::Doubted(doubts) => format!("DOUBTED {}", doubts.len()),
        Entry::Orphans(orphans) => format!("ORPHANS {}", orphans.len()),
        Entry::Finals(finals) => format!("FINALS {}", finals.len()),
        Entry::Paid(paid) => format!("PAID by {} carriers", paid.len()),
        Entry::Spent(spent) => format!("SPENT by {} carriers", spent.len()),
        Entry::Known(contacts) => {
            format!("KNOWN account {} with {} contacts", contacts.account, contacts.rows.len())
        }
        Entry::Stowed(id, true) => format!("STOWED {id}"),
        Entry::Stowed(id, false) => format!("NOT STOWED {id}"),
        Entry::Fetched(id, Some(octets)) => format!("FETCHED {id} {} octets", octets.len()),
        Entry::Fetched(id, None) => format!("NOT FETCHED {id}"),
        Entry::Time => "TIME".to_owned(),
        Entry::Pause => "PAUSE".to_owned(),
        Entry::Freeze => "FREEZE".to_owned(),
        Entry::Handed(link) => {
            format!("HANDED {} {:?} {}", link.link.0, link.owner, link.ends.1)
        }
        Entry::Stop => "STOP".to_owned(),
        Entry::Lost => "LOST: what was too long for a tape".to_owned(),
    };
    let (seconds, nanos) = (noted.unix_ns / 1_000_000_000, noted.unix_ns % 1_000_000_000);
    Some(format!("{seconds}.{nanos:09} shard {} {what}", shard.0))
}
