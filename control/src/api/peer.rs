//! Who asks.

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

/// The user at the other end of the socket, as the kernel vouches.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The login name, or `uid 1000` where there is none.
    pub author: String,
    /// From where they ask: the host of this control, and the process that asked first.
    pub origin: String,
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let (author, process) = match stream.io().peer_cred() {
            Ok(credentials) => (login_name(credentials.uid()), credentials.pid()),
            Err(_) => ("unknown".to_owned(), None),
        };
        let process = process.map(|id| format!(", process {id}")).unwrap_or_default();
        Self { author, origin: format!("{}{process}", host()) }
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
