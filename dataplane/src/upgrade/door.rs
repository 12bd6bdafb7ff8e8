//! Who may ask for an upgrade: whoever may write to the data directory.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};

use super::rehearsal;
use crate::config::Config;
use crate::linger::outlast;

/// Somebody wants the node to become the new program, which has rehearsed.
#[derive(Debug)]
pub struct Wish {
    /// Who hears how it went.
    pub asker: UnixStream,
}

/// Listens; `file` is the configuration that the new program is given.
pub fn open(config: &Config, program: PathBuf, file: PathBuf) -> io::Result<Receiver<Wish>> {
    let path = path(config);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    let (wishes, receiver) = bounded(1);
    let config = config.clone();
    std::thread::Builder::new().name("upgrade".to_owned()).spawn(move || {
        for asker in listener.incoming().flatten() {
            if answer(asker, &config, &program, &file, &wishes).is_none() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// `None` when the node is on its way, or over.
fn answer(
    mut asker: UnixStream,
    config: &Config,
    program: &Path,
    file: &Path,
    wishes: &Sender<Wish>,
) -> Option<()> {
    let _ = asker.set_read_timeout(Some(WORD_MAX));
    let mut word = String::new();
    let asked = BufReader::new((&asker).take(16)).read_line(&mut word);
    if asked.is_err() || word.trim() != WORD {
        return Some(());
    }
    tracing::info!(program = %program.display(), "the new program rehearses");
    if let Err(why) = rehearsal::hold(program, file, config) {
        tracing::warn!(why, "upgrade refused: the node goes on");
        let _ = writeln!(asker, "refused: {why}");
        return Some(());
    }
    wishes.send(Wish { asker }).ok()?;
    None
}

/// Asks the node with this configuration, and waits for its last word.
pub fn ask(config: &Config) -> Result<String, String> {
    let path = path(config);
    // Between two programs nobody listens for a moment.
    let away = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
    };
    let node = outlast(away, || UnixStream::connect(&path));
    let mut node = node.map_err(|error| format!("no node at {}: {error}", path.display()))?;
    let mut text = String::new();
    let said = writeln!(node, "{WORD}").and_then(|()| node.read_to_string(&mut text));
    let word = text.trim();
    match (said, word.strip_prefix("refused: ")) {
        (Ok(_), None) if !word.is_empty() => Ok(word.to_owned()),
        (Ok(_), Some(why)) => Err(why.to_owned()),
        _ => Err("the node ended on the way: see its log".to_owned()),
    }
}

fn path(config: &Config) -> PathBuf {
    config.data.join("upgrade.sock")
}

const WORD: &str = "upgrade";

/// How long somebody may take to say it.
const WORD_MAX: Duration = Duration::from_secs(1);
