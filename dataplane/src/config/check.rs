//! Does it make sense?

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use routing::{Pattern, Tap};
use toml::Spanned;

use super::raw::{Io, Raw, RawEnvironment, RawHep, RawJournal, Runtime, Shards};
use super::secure::Secure;
use super::{Config, ConfigError, Environment, Hep, Journal};
use crate::telemetry::is_choice;

/// The file under examination.
pub(super) struct Page<'a> {
    path: &'a Path,
    text: &'a str,
}

pub(super) fn check(path: &Path, text: &str, raw: Raw) -> Result<Config, ConfigError> {
    let page = Page { path, text };
    let beside = |file: &Path| path.parent().unwrap_or_else(|| Path::new("")).join(file);
    let shards = page.shards(raw.shards.as_ref())?;
    let runtime = page.runtime(raw.runtime.as_ref(), raw.io.as_ref())?;
    let secure = Secure { page: &page, beside: &beside };
    let tls = secure.dialler(&raw.tls)?;
    Ok(Config {
        node: page.name(&raw.node, "node")?,
        number: page.within(&raw.number, "number", 0..=255)? as u8,
        shards,
        cores: page.cores(raw.cores.as_ref(), shards)?,
        runtime,
        io: raw.io.map_or_else(Io::default, Spanned::into_inner),
        data: beside(&raw.data),
        plan: beside(&raw.plan),
        key_file: beside(&raw.key_file),
        journal: page.journal(&raw.journal)?,
        tape_len: page.tape(raw.tape_mib.as_ref())?,
        log: page.log(raw.log.as_ref())?,
        hep: raw.hep.map(|hep| page.hep(hep, *raw.number.get_ref())).transpose()?,
        tls,
        environments: page.environments(&raw.environment, &secure)?,
    })
}

impl Page<'_> {
    pub(super) fn wrong(&self, span: Range<usize>, what: String, cure: &str) -> ConfigError {
        ConfigError::at(self.path, self.text, span, what, cure)
    }

    fn name(&self, name: &Spanned<String>, of: &str) -> Result<String, ConfigError> {
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 32 || !text.chars().all(plain) {
            let what = format!("{of} \"{text}\" is not a name");
            return Err(self.wrong(name.span(), what, "use 1 to 32 of the characters a-z 0-9 -"));
        }
        Ok(text.clone())
    }

    fn within(
        &self,
        number: &Spanned<i64>,
        of: &str,
        range: RangeInclusive<i64>,
    ) -> Result<i64, ConfigError> {
        let (low, high) = (range.start(), range.end());
        if !range.contains(number.get_ref()) {
            let what = format!("{of} {} is out of range", number.get_ref());
            let cure = format!("give a number from {low} to {high}");
            return Err(self.wrong(number.span(), what, &cure));
        }
        Ok(*number.get_ref())
    }

    fn shards(&self, shards: Option<&Spanned<Shards>>) -> Result<u8, ConfigError> {
        let Some(shards) = shards else { return Ok(1) };
        let count = match shards.get_ref() {
            Shards::Count(count) => *count,
            Shards::Word(_) => (cores_online() as i64).min(SHARDS_MAX),
        };
        if !(1..=SHARDS_MAX).contains(&count) {
            let what = format!("shards {count} is out of range");
            let cure = "write a number from 1 to 64, or \"auto\" for one per core";
            return Err(self.wrong(shards.span(), what, cure));
        }
        Ok(count as u8)
    }

    fn cores(
        &self,
        cores: Option<&Spanned<Vec<usize>>>,
        shards: u8,
    ) -> Result<Vec<usize>, ConfigError> {
        let (online, shards) = (cores_online(), usize::from(shards));
        let Some(cores) = cores else { return Ok((0..shards).map(|n| n % online).collect()) };
        let list = cores.get_ref();
        if list.len() < shards {
            let what = format!("{} cores for {shards} shards", list.len());
            return Err(self.wrong(cores.span(), what, "name one core per shard, or leave it out"));
        }
        if let Some(absent) = list.iter().find(|core| **core >= online) {
            let what = format!("core {absent} does not exist");
            let cure = format!("this machine has the cores 0 to {}", online - 1);
            return Err(self.wrong(cores.span(), what, &cure));
        }
        Ok(list[..shards].to_vec())
    }

    fn runtime(
        &self,
        runtime: Option<&Spanned<Runtime>>,
        io: Option<&Spanned<Io>>,
    ) -> Result<Runtime, ConfigError> {
        let Some(runtime) = runtime else { return Ok(Runtime::Own) };
        let epoll = io.is_some_and(|io| *io.get_ref() == Io::Epoll);
        if *runtime.get_ref() == Runtime::Glommio && epoll {
            let what = "glommio cannot run on epoll".to_owned();
            let cure = "use io = \"auto\" or \"uring\", or runtime = \"own\"";
            return Err(self.wrong(runtime.span(), what, cure));
        }
        Ok(*runtime.get_ref())
    }

    fn journal(&self, journal: &RawJournal) -> Result<Journal, ConfigError> {
        let mib = journal.volume_mib.as_ref();
        let mib = mib.map_or(Ok(64), |mib| self.within(mib, "volume_mib", 1..=4096))?;
        let interval = journal.commit_interval_us.as_ref();
        let interval =
            interval.map_or(Ok(0), |us| self.within(us, "commit_interval_us", 0..=1_000_000))?;
        Ok(Journal {
            volume_len: (mib as u64) << 20,
            commit_interval: Duration::from_micros(interval as u64),
        })
    }

    fn tape(&self, mib: Option<&Spanned<i64>>) -> Result<usize, ConfigError> {
        let mib = mib.map_or(Ok(TAPE_MIB), |mib| self.within(mib, "tape_mib", 0..=1_024))?;
        Ok((mib as usize) << 20)
    }

    fn log(&self, words: Option<&Spanned<String>>) -> Result<String, ConfigError> {
        let Some(words) = words else { return Ok("info".to_owned()) };
        if !is_choice(words.get_ref()) {
            let what = format!("log \"{}\" chooses nothing", words.get_ref());
            let cure = "use error, warn, info, debug or trace";
            return Err(self.wrong(words.span(), what, cure));
        }
        Ok(words.get_ref().clone())
    }

    fn hep(&self, hep: RawHep, number: i64) -> Result<Hep, ConfigError> {
        let RawHep { collector, agent, one_in, peer, party } = hep;
        let within = |given: Option<&Spanned<i64>>, of, or| {
            given.map_or(Ok(or), |given| self.within(given, of, 1..=i64::from(u32::MAX)))
        };
        let one_in = within(one_in.as_ref(), "one_in", 1)? as u32;
        let party = party.map(|party| {
            Pattern::parse(party.get_ref()).map_err(|error| {
                let cure = "write digits, _ for one digit and % for any number of them";
                self.wrong(party.span(), format!("party: {error}"), cure)
            })
        });
        let tap = Tap { number: 0, until_ns: u64::MAX, peer, party: party.transpose()?, one_in };
        let agent = within(agent.as_ref(), "agent", number.max(1))? as u32;
        Ok(Hep { collector: collector.into_inner(), agent, tap })
    }

    fn environments(
        &self,
        environments: &Spanned<Vec<RawEnvironment>>,
        secure: &Secure<'_>,
    ) -> Result<Vec<Environment>, ConfigError> {
        if environments.get_ref().is_empty() {
            let cure = "add at least one [[environment]] with name, smpp and sip";
            return Err(self.wrong(environments.span(), "no environment".to_owned(), cure));
        }
        let mut names = BTreeSet::new();
        let (mut tcp, mut udp) = (BTreeSet::new(), BTreeSet::new());
        let check = |raw: &RawEnvironment| {
            let name = self.name(&raw.name, "environment")?;
            if !names.insert(name.clone()) {
                let what = format!("environment \"{name}\" stands here twice");
                return Err(self.wrong(
                    raw.name.span(),
                    what,
                    "give each environment its own name",
                ));
            }
            if raw.is_silent() {
                let what = format!("environment \"{name}\" has no address");
                return Err(self.wrong(
                    raw.name.span(),
                    what,
                    "give it smpp = [...] or sip = [...]",
                ));
            }
            Ok(Environment {
                name,
                smpp: self.addresses(&raw.smpp, &mut tcp)?,
                smpp_tls: self.addresses(&raw.smpp_tls, &mut tcp)?,
                tls: secure.listener(raw)?,
                sip: self.addresses(&raw.sip, &mut udp)?,
                sip_tcp: self.addresses(&raw.sip_tcp, &mut tcp)?,
                sip_tls: self.addresses(&raw.sip_tls, &mut tcp)?,
                sip_ws: self.addresses(&raw.sip_ws, &mut tcp)?,
                sip_wss: self.addresses(&raw.sip_wss, &mut tcp)?,
            })
        };
        environments.get_ref().iter().map(check).collect()
    }

    fn addresses(
        &self,
        addresses: &[Spanned<SocketAddr>],
        taken: &mut BTreeSet<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, ConfigError> {
        let check = |address: &Spanned<SocketAddr>| {
            if address.get_ref().port() == 0 {
                let what = "port 0 is no port".to_owned();
                let cure = "name a port; 2775 is SMPP's and 5060 is SIP's";
                return Err(self.wrong(address.span(), what, cure));
            }
            if !taken.insert(*address.get_ref()) {
                let what = format!("{} stands here twice", address.get_ref());
                let cure = "give each environment its own address or port";
                return Err(self.wrong(address.span(), what, cure));
            }
            Ok(*address.get_ref())
        };
        addresses.iter().map(check).collect()
    }
}

fn cores_online() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The mesh holds a ring for every pair of shards; 64 keeps all of them below 400 MB.
const SHARDS_MAX: i64 = 64;

/// Some seconds of a busy shard.
const TAPE_MIB: i64 = 4;
