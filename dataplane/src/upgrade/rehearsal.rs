//! Would the new program start? It is asked, beside the node that goes on.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use shard::Estate;

use crate::body::choose;
use crate::config::Config;
use crate::journal;
use crate::node::NodeError;
use crate::plan::{self, Seal};

/// Does what a start does, but for binding, locking and writing; gives what it would say to the
/// node that asks.
pub fn rehearse(config: &Config) -> Result<String, NodeError> {
    Seal::read(&config.key_file)?;
    choose(config.io)?;
    config.tls_files().load()?;
    journal::judge(&config.journal_dir())?;
    let (snapshot, _) = plan::newest(&config.plan);
    let has_plan = config.plan.join("current").exists();
    if snapshot.is_none() && has_plan {
        return Err(NodeError::Runtime(format!("no plan in {} is good", config.plan.display())));
    }
    Ok(words(config))
}

/// What both programs must agree on.
fn words(config: &Config) -> String {
    format!("handover {} node {} shards {}", Estate::FORMAT, config.node, config.shards)
}

/// Has this program rehearse; says why it cannot take over.
pub(super) fn hold(program: &Path, file: &Path, config: &Config) -> Result<(), String> {
    let mut command = Command::new(program);
    command.arg("--config").arg(file).arg("--rehearse");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = |error: io::Error| format!("{}: {error}", program.display());
    let mut child = command.spawn().map_err(failed)?;
    let is_over = ends(&child);
    if !is_over {
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    if !is_over {
        return Err(format!("it did not rehearse within {REHEARSAL_MAX:?}"));
    }
    let (said, complaint) = (all(child.stdout.take()), all(child.stderr.take()));
    if !status.success() {
        return Err(complaint.trim().to_owned());
    }
    let wanted = words(config);
    match said.trim() == wanted {
        true => Ok(()),
        false => Err(format!("it says {:?}, and we {wanted:?}: stop and start it", said.trim())),
    }
}

fn ends(child: &Child) -> bool {
    let Ok(child) = pidfd_open(Pid::from_child(child), PidfdFlags::empty()) else { return true };
    let patience = Timespec::try_from(REHEARSAL_MAX).expect("it is short");
    let mut wanted = [PollFd::new(&child, PollFlags::IN)];
    !matches!(poll(&mut wanted, Some(&patience)), Ok(0))
}

/// What it said; it says little, so that a pipe holds it.
fn all(pipe: Option<impl Read>) -> String {
    let mut text = String::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(4096).read_to_string(&mut text);
    }
    text
}

/// The plan of a large site is read meanwhile.
const REHEARSAL_MAX: Duration = Duration::from_secs(60);
