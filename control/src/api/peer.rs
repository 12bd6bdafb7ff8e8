//! Who asks.

use std::net::SocketAddr;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use super::remote::Remote;
use crate::apply::Change;
use crate::fault::{Code, Fault, Outcome};
use crate::model::Kind;

/// The user at the other end of the socket, as the kernel vouches.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The login name, or `uid 1000` where there is none.
    pub author: String,
    /// From where they ask: the host of this control, and the process that asked first.
    pub origin: String,
    /// The only environment that they may see, if they come with a token for one.
    pub env: Option<String>,
}

/// The address at the other end of TLS; who that is only their token says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Afar(pub(super) SocketAddr);

impl Connected<IncomingStream<'_, Remote>> for Afar {
    fn connect_info(stream: IncomingStream<'_, Remote>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Peer {
    /// A change as this peer may make it: of their environment, if they have only one.
    pub(super) fn within(&self, mut change: Change) -> Outcome<Change> {
        let Some(env) = &self.env else { return Ok(change) };
        if change.kind == Kind::Environment {
            let error = format!("this changes environments, and your token is for {env} alone");
            return Err(Fault::new(Code::Denied, error));
        }
        if change.env.is_empty() {
            change.env.clone_from(env);
        }
        self.sees(&change.env)?;
        Ok(change)
    }

    /// Refuses an environment that is not theirs as if it did not exist.
    pub(super) fn sees(&self, name: &str) -> Outcome<()> {
        match &self.env {
            Some(env) if env != name => {
                Err(Fault::not_found(format!("there is no environment {name}")))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let (author, process) = match stream.io().peer_cred() {
            Ok(credentials) => (login_name(credentials.uid()), credentials.pid()),
            Err(_) => ("unknown".to_owned(), None),
        };
        let process = process.map(|id| format!(", process {id}")).unwrap_or_default();
        Self { author, origin: format!("{}{process}", host()), env: None }
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim_end().to_owned()
}

fn login_name(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}
