//! Closes hours or days when they are over: gathers, binds, and hands over.
//!
//! Each step leaves the store and the files so that the next start goes on there, whatever dies:
//! a folio's records are decided in the store, and everything else follows from them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::bind::{Wanted, bind, manifest_name};
use super::head::Head;
use super::key::{ProofKey, leads};
use super::tree::Hash;
use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::harvest::Harvest;
use crate::numbering::Numbering;
use crate::store::{FolioRow, Place, Plan, Stage, Writer};

/// How long a folio is, in nanoseconds; a whole number of them is a day, UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Every(pub u64);

/// How folios are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Keeping {
    /// How long each is.
    pub every: Every,
    /// How long after its end it is closed.
    pub wait_ns: u64,
    /// Its files.
    pub wanted: Wanted,
    /// The key that signs heads.
    pub key_file: PathBuf,
    /// The file of the numbering plan, if there is one.
    pub numbering: Option<PathBuf>,
    /// The command that is told of each, and its first arguments; nobody if it is empty.
    pub command: Vec<String>,
}

/// What is about to be done that lasts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// A folio begins.
    Begin,
    /// Some of its records are gathered.
    Gather,
    /// A file is begun, aside.
    Write,
    /// A file is brought to disk.
    Sync,
    /// A file gets its name.
    Rename,
    /// The manifest is put there.
    Manifest,
    /// Head and sums are kept.
    Keep,
    /// The command is told.
    Tell,
    /// It has taken it.
    Shipped,
}

impl Every {
    /// An hour.
    pub const HOUR: Self = Self(3_600_000_000_000);

    fn begin(self, at_ns: u64) -> u64 {
        at_ns - at_ns % self.0
    }
}

impl Keeping {
    /// The next hour or day that has records, if it is over.
    fn next(
        &self,
        last: Option<&FolioRow>,
        first_open: u64,
        now_ns: u64,
    ) -> Option<(u64, (u64, u64))> {
        let (number, free) = last.map_or((1, 0), |last| (last.number + 1, last.to_ns));
        let from_ns = self.every.begin(first_open).max(free);
        let to_ns = self.every.begin(from_ns) + self.every.0;
        let over = to_ns.saturating_add(self.wait_ns) <= now_ns;
        over.then_some((number, (from_ns, to_ns)))
    }
}

/// Does what is to be done next; says whether there may be more. `at` hears before each step.
pub fn turn(
    (writer, place): (&Writer, &Place),
    keeping: &Keeping,
    now_ns: u64,
    at: &mut dyn FnMut(Step) -> Outcome<()>,
) -> Outcome<bool> {
    let last = writer.call_blocking(|store| store.last_folio())?;
    let Some(folio) = last.as_ref().filter(|last| last.stage != Stage::Shipped) else {
        let first_open = writer.call_blocking(|store| store.first_open())?;
        let next = first_open.and_then(|open| keeping.next(last.as_ref(), open, now_ns));
        let Some((number, span)) = next else { return Ok(false) };
        let plan = keeping.numbering.as_deref().map_or(Plan::Nothing, numbering);
        at(Step::Begin)?;
        writer.call_blocking(move |store| store.begin_folio(number, span, &plan))?;
        return Ok(true);
    };
    match folio.stage {
        Stage::Gathering => {
            let mut from_ns = Some(0);
            while let Some(received_ns) = from_ns {
                at(Step::Gather)?;
                let folio = folio.clone();
                from_ns = writer.call_blocking(move |store| store.gather(&folio, received_ns))?;
            }
        }
        Stage::Gathered => {
            let key = ProofKey::open(&keeping.key_file)?;
            let db = place.reader()?;
            let previous = previous(writer, folio.number, &key)?;
            let bound = bind(&db, folio, previous, &key, &keeping.wanted, at)?;
            at(Step::Keep)?;
            let number = folio.number;
            writer.call_blocking(move |store| store.keep_bound(number, &bound))?;
        }
        Stage::Bound => {
            if !keeping.command.is_empty() {
                at(Step::Tell)?;
                tell(keeping, folio)?;
            }
            at(Step::Shipped)?;
            let number = folio.number;
            writer.call_blocking(move |store| store.keep_shipped(number))?;
        }
        Stage::Shipped => {}
    }
    Ok(true)
}

/// What the file of the numbering plan says; if that is no plan, the one before stays.
fn numbering(path: &Path) -> Plan {
    let name = path.display().to_string();
    let read = || -> Outcome<String> {
        let octets = std::fs::read(path).map_err(|error| Fault::failed(error.to_string()))?;
        Numbering::read(&octets, &name)?;
        String::from_utf8(octets).map_err(|error| Fault::invalid(error.to_string()))
    };
    match read() {
        Ok(text) => Plan::Said(text),
        Err(fault) => {
            tracing::error!(file = name, error = fault.error, "the numbering plan stays as it was");
            Plan::AsBefore
        }
    }
}

/// The hash of the head before, which this key signed, or one that handed over to it.
fn previous(writer: &Writer, number: u64, key: &ProofKey) -> Outcome<Hash> {
    let before = writer.call_blocking(move |store| store.folio(number - 1))?;
    let Some(before) = before else { return Ok(Hash::default()) };
    let unlike = before.signer.filter(|signer| !leads(&key.chain, signer, &key.public()));
    if let Some(signer) = unlike {
        return Err(Fault::failed(format!(
            "folio {} was signed with another key, {signer}",
            before.number
        ))
        .cure("bring the file of that key back; --rotate-proof-key has it hand over"));
    }
    Ok(Head::hash(&before.head.unwrap_or_default()))
}

/// Runs the command with the manifest as its last argument; it may be told twice of one folio.
fn tell(keeping: &Keeping, folio: &FolioRow) -> Outcome<()> {
    let Some((program, first)) = keeping.command.split_first() else { return Ok(()) };
    let fault = |what: String| {
        Fault::failed(format!("{program} was told of folio {}: {what}", folio.number))
            .cure("control tells it again in a minute")
    };
    let manifest = keeping.wanted.folder.join(manifest_name(folio));
    let mut told = Command::new(program);
    told.args(first).arg(manifest).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = told.spawn().map_err(|error| fault(error.to_string()))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| fault("it has no number".to_owned()))?;
    let ended = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| fault(error.to_string()))?;
    let patience = Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
    let seen = poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&patience));
    if seen != Ok(1) {
        // It may be gone by now, which is as good.
        drop(child.kill());
    }
    let status = child.wait().map_err(|error| fault(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(fault(status.to_string())) }
}

/// Looks now and then, for as long as control runs.
pub async fn keep_folios(writer: &Writer, place: &Place, harvest: &Harvest, keeping: &Keeping) {
    let mut last_error = String::new();
    let mut quiet_until_ns = 0;
    loop {
        let now_ns = clock::unix_ns();
        if now_ns >= quiet_until_ns {
            if let Err(fault) = harvest.up_to_now().await {
                // What it would have brought comes late, into the next folio.
                tracing::warn!(error = %fault.error, "an hour is closed without a whole harvest");
            }
            let (writer, place, keeping) = (writer.clone(), place.clone(), keeping.clone());
            let every_ns = keeping.every.0;
            let next_ns = keeping.every.begin(now_ns.saturating_sub(keeping.wait_ns));
            quiet_until_ns = (next_ns + every_ns).saturating_add(keeping.wait_ns);
            let turns = tokio::task::spawn_blocking(move || {
                while turn((&writer, &place), &keeping, now_ns, &mut |_| Ok(()))? {}
                Ok(())
            });
            let done = turns.await.unwrap_or_else(|error| Err(Fault::failed(error.to_string())));
            let error = done.err().map(|fault| fault.error).unwrap_or_default();
            if !error.is_empty() {
                quiet_until_ns = now_ns + AGAIN_NS;
                if error != last_error {
                    tracing::error!(error, "records cannot be closed; it is tried again");
                }
            }
            last_error = error;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

const INTERVAL: Duration = Duration::from_secs(1);

/// When a step that failed is tried again.
const AGAIN_NS: u64 = 60_000_000_000;

/// How long the command may take.
const PATIENCE: Duration = Duration::from_secs(600);
