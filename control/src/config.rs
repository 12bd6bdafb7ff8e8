//! `control.toml`: where control keeps things and which nodes it serves.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::folio::Keeping;
use crate::log::is_choice;
use crate::store::{Place, Server};

mod closing;

/// The file, with its paths made absolute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// The folder of the store, or of the files of rows beside a store on a server.
    pub data: PathBuf,
    /// Where the store is.
    pub store: Place,
    /// The unix socket of the API.
    pub socket: PathBuf,
    /// The folder where plans are published.
    pub plan: PathBuf,
    /// The site's seal.
    pub key_file: PathBuf,
    /// Where scrapers and probes ask, if they may.
    pub metrics: Option<SocketAddr>,
    /// Where the API is reached from afar; nowhere, if nothing is said.
    pub api: Option<Api>,
    /// How records are closed; they are not by this control, if nothing is said.
    pub cdr: Option<Keeping>,
    /// Which log lines are written, as `RUST_LOG` says it.
    pub log: String,
    /// The nodes whose boards and journals are read.
    pub nodes: Vec<Node>,
}

/// Where the API is reached from afar.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The address and the port, TCP with TLS.
    pub listen: SocketAddr,
    /// The certificate and those that vouch for it, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// A node of the dataplane.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// Its name, as in its `node.toml`.
    pub name: String,
    /// Its data folder, with board and journal.
    pub data: PathBuf,
    /// How many octets of journal are kept that are harvested and that no restart needs.
    pub keep_len: u64,
}

/// What is wrong with the file, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    path: PathBuf,
    line: usize,
    column: usize,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: PathBuf,
    socket: PathBuf,
    plan: PathBuf,
    key_file: PathBuf,
    postgres: Option<Spanned<String>>,
    postgres_password_file: Option<Spanned<PathBuf>>,
    metrics: Option<SocketAddr>,
    api: Option<Api>,
    cdr: Option<closing::FileCdr>,
    log: Option<Spanned<String>>,
    #[serde(default)]
    node: Vec<FileNode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileNode {
    name: Spanned<String>,
    data: PathBuf,
    keep_mib: Option<u64>,
}

impl Config {
    /// Reads and checks the file; relative paths start at the file's own folder.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let at_start = |what| ConfigError { path: path.to_owned(), line: 1, column: 1, what };
        let text = std::fs::read_to_string(path).map_err(|error| at_start(error.to_string()))?;
        let folder = std::path::absolute(path).map_err(|error| at_start(error.to_string()))?;
        Self::parse(&text, folder.parent().unwrap_or_else(|| Path::new("/")))
            .map_err(|(what, span)| ConfigError::at(path, &text, what, span))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, (String, Range<usize>)> {
        let file: File = toml::from_str(text)
            .map_err(|error| (error.message().to_owned(), error.span().unwrap_or(0..0)))?;
        let mut nodes = Vec::<Node>::new();
        for FileNode { name, data, keep_mib } in file.node {
            let span = name.span();
            let name = name.into_inner();
            if !is_node_name(&name) {
                return Err((format!("'{name}' is no node name: use [a-z0-9-]{{1,32}}"), span));
            }
            if nodes.iter().any(|node| node.name == name) {
                return Err((format!("node {name} is named twice"), span));
            }
            let keep_len = keep_mib.unwrap_or(KEEP_MIB).saturating_mul(1 << 20);
            nodes.push(Node { name, data: folder.join(data), keep_len });
        }
        let data = folder.join(file.data);
        let store = match file.postgres {
            Some(address) => server(&address, file.postgres_password_file.as_ref(), folder)?,
            None => Place::in_folder(&data),
        };
        Ok(Self {
            data,
            store,
            api: file.api.map(|api| Api {
                certificate: folder.join(api.certificate),
                key: folder.join(api.key),
                ..api
            }),
            socket: folder.join(file.socket),
            plan: folder.join(file.plan),
            key_file: folder.join(file.key_file),
            metrics: file.metrics,
            cdr: file.cdr.map(|cdr| cdr.read(folder)).transpose()?,
            log: log(file.log)?,
            nodes,
        })
    }
}

/// Which lines are logged.
fn log(words: Option<Spanned<String>>) -> Result<String, (String, Range<usize>)> {
    let Some(words) = words else { return Ok("info".to_owned()) };
    if !is_choice(words.get_ref()) {
        let what = "chooses nothing: use error, warn, info, debug or trace";
        return Err((format!("log \"{}\" {what}", words.get_ref()), words.span()));
    }
    Ok(words.into_inner())
}

/// The server that a line names, with the password that a file holds.
fn server(
    address: &Spanned<String>,
    password_file: Option<&Spanned<PathBuf>>,
    folder: &Path,
) -> Result<Place, (String, Range<usize>)> {
    let server = Server::parse(address.get_ref()).map_err(|fault| (fault.error, address.span()))?;
    let Some(file) = password_file else { return Ok(Place::Server(Box::new(server))) };
    let path = folder.join(file.get_ref());
    let password = std::fs::read_to_string(&path)
        .map_err(|error| (format!("{}: {error}", path.display()), file.span()))?;
    Ok(Place::Server(Box::new(server.with_password(password.trim_end_matches('\n')))))
}

/// To look back with `signalbox-inspect`; a bill needs none of it.
const KEEP_MIB: u64 = 4096;

fn is_node_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl ConfigError {
    fn at(path: &Path, text: &str, what: String, span: Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Self { path: path.to_owned(), line, column, what }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, column, what } = self;
        write!(f, "{}:{line}:{column}: {what}", path.display())
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
