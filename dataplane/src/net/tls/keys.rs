//! What the listeners and diallers of a node use, replaced whole when a file changes.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};

use super::files::{Dialler, FileError, Listener, Loaded};
use super::stream::Stream;

/// Which listeners speak TLS, and from which files they and the diallers are made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Files {
    /// What the environments with TLS use.
    pub listeners: Vec<Listener>,
    /// By place in [`shard::Config::streams`]: which of them, if it speaks TLS.
    pub places: Vec<Option<usize>>,
    /// What is used to dial.
    pub dialler: Dialler,
}

/// What the listeners and diallers of a node use; a shard has its own handle on it.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    listeners: Vec<Loaded<ServerConfig>>,
    places: Arc<[Option<usize>]>,
    dialler: Option<Loaded<ClientConfig>>,
}

/// Why TLS cannot begin.
#[derive(Debug)]
pub enum KeyError {
    /// There is nobody we could trust.
    NoRoots,
    /// What the peer should be called is neither a host name nor an address.
    Name(String),
    /// rustls says so.
    Tls(rustls::Error),
}

impl Files {
    /// Reads all of it; every file must be good.
    pub fn load(&self) -> Result<Keys, FileError> {
        Ok(Keys {
            listeners: self.listeners.iter().map(Listener::load).collect::<Result<_, _>>()?,
            places: self.places.clone().into(),
            dialler: self.dialler.load()?,
        })
    }

    /// Reads all of it again; what is not good, or is over while the old still holds, leaves the
    /// old in its place and is told to `refuse`.
    pub(super) fn renew(&self, old: &Keys, now: i64, mut refuse: impl FnMut(FileError)) -> Keys {
        let mut keys = old.clone();
        for (listener, kept) in self.listeners.iter().zip(&mut keys.listeners) {
            let path = &listener.identity.certificate;
            let loaded = listener.load().and_then(|new| new.unless_over(kept.until, now, path));
            loaded.map(|new| *kept = new).unwrap_or_else(&mut refuse);
        }
        match self.dialler.load() {
            Ok(Some(new)) => keys.dialler = Some(new),
            Ok(None) => {}
            Err(error) => refuse(error),
        }
        keys
    }
}

impl<T> Loaded<T> {
    fn unless_over(
        self,
        old: Option<i64>,
        now: i64,
        path: &std::path::Path,
    ) -> Result<Self, FileError> {
        let holds = |until: Option<i64>| until.is_none_or(|until| now < until);
        if holds(self.until) || !holds(old) {
            return Ok(self);
        }
        let what = "the certificate has ended".to_owned();
        Err(FileError { path: path.to_owned(), what, cure: "renew it" })
    }
}

impl Keys {
    /// TLS for a link that a listener accepted; `None` if it speaks plain TCP.
    pub fn accept(&self, listener: u16) -> Result<Option<Box<Stream>>, KeyError> {
        let place = self.places.get(usize::from(listener)).copied().flatten();
        let Some(loaded) = place.and_then(|place| self.listeners.get(place)) else {
            return Ok(None);
        };
        let stream = Stream::server(Arc::clone(&loaded.config)).map_err(KeyError::Tls)?;
        Ok(Some(Box::new(stream)))
    }

    /// TLS for a link that is dialled; an empty name is the peer's address.
    pub fn dial(&self, name: &str, peer: SocketAddr) -> Result<Box<Stream>, KeyError> {
        let loaded = self.dialler.as_ref().ok_or(KeyError::NoRoots)?;
        let name = match name {
            "" => ServerName::from(peer.ip()),
            name => ServerName::try_from(name.to_owned())
                .map_err(|_| KeyError::Name(name.to_owned()))?,
        };
        let stream = Stream::client(Arc::clone(&loaded.config), name).map_err(KeyError::Tls)?;
        Ok(Box::new(stream))
    }

    /// Unix seconds at which the first of our own certificates ends.
    pub fn until(&self) -> Option<i64> {
        let listeners = self.listeners.iter().filter_map(|loaded| loaded.until);
        listeners.chain(self.dialler.as_ref().and_then(|loaded| loaded.until)).min()
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoots => f.write_str("no root certificates: set [tls] roots in node.toml"),
            Self::Name(name) => write!(f, "\"{name}\" is neither a host name nor an address"),
            Self::Tls(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyError {}
