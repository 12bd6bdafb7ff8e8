//! A published plan, checked as the dataplane checks it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rkyv::util::AlignedVec;
use routing::ArchivedEnvironment;
use routing::snapshot::{RowFile, RowsName, Snapshot};

/// Prints what is in a plan; `false` if a dataplane would refuse it.
pub(crate) fn inspect(path: &Path, out: &mut impl Write) -> io::Result<bool> {
    let file = file(path)?;
    let octets = read(&file)?;
    let len = octets.len();
    let rows = |name: RowsName| {
        let path = file.with_file_name(name.file_name());
        let opened = read(&path).map(RowFile::open).map_err(|error| error.to_string());
        let opened = opened.and_then(|opened| opened.map_err(|error| error.to_string()));
        opened.map_err(|error| eprintln!("{}: {error}", path.display())).ok()
    };
    let snapshot = match Snapshot::open(octets, rows) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return Ok(false);
        }
    };
    let plan = snapshot.plan();
    writeln!(
        out,
        "{}: generation {}, made at {}, {} octets, {} environments",
        file.display(),
        plan.generation,
        plan.made_ns,
        len,
        plan.environments.len()
    )?;
    for rows in snapshot.tables() {
        writeln!(out, "rows {} ({} octets)", rows.name(), rows.octets().len())?;
    }
    plan.environments.iter().try_for_each(|env| environment(env, out))?;
    Ok(true)
}

fn read(path: &Path) -> io::Result<AlignedVec<16>> {
    let read = fs::read(path)?;
    let mut octets = AlignedVec::with_capacity(read.len());
    octets.extend_from_slice(&read);
    Ok(octets)
}

/// A folder means the plan that `current` names.
fn file(path: &Path) -> io::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let name = fs::read_to_string(path.join("current"))?;
    Ok(path.join(name.trim()))
}

fn environment(env: &ArchivedEnvironment, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "environment {} (id {}, domain {})", env.name, env.id, env.domain)?;
    writeln!(out, "  {} accounts, {} numbers", env.accounts.len(), env.numbers.len())?;
    for carrier in env.carriers.iter() {
        let tariff = carrier.tariff.as_ref().map_or(0, |id| id.to_native());
        writeln!(
            out,
            "  carrier {} (id {}) system_id {} binds {} window {} tps {} tariff {tariff} allow {}",
            carrier.name,
            carrier.id,
            carrier.system_id,
            carrier.binds_max,
            carrier.window,
            carrier.tps,
            carrier.allow.len()
        )?;
    }
    for connection in env.connections.iter() {
        let state = if connection.enabled { "" } else { " disabled" };
        writeln!(
            out,
            "  connection {} (id {}) {} as {}{state}",
            connection.name,
            connection.id,
            connection.remote.as_socket_addr(),
            connection.system_id
        )?;
    }
    for policy in env.policies.ranked.iter() {
        let connections: Vec<String> = policy.connections().map(|id| id.to_string()).collect();
        writeln!(
            out,
            "  policy '{}' (id {}) priority {} over {}",
            policy.pattern,
            policy.id,
            policy.priority,
            connections.join(",")
        )?;
    }
    for tariff in env.tariffs.iter() {
        writeln!(
            out,
            "  tariff {} (id {}) version {} {} with {} prices",
            tariff.name,
            tariff.id,
            tariff.version,
            tariff.currency,
            tariff.lists.iter().map(|list| list.rates.to_native()).sum::<u32>()
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
