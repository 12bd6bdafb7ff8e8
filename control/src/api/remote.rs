//! The API over TLS.
//!
//! The certificate is read again when its file changes: connections that are there go on, and a
//! pair that does not fit is refused with a line in the log while the old one stays.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Api;

/// Accepts connections whose handshake is done.
pub struct Remote {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Remote {
    /// Listens; must be called within the runtime.
    pub async fn at(api: &Api) -> io::Result<Self> {
        let mut keys = Keys::read(&api.certificate, &api.key)?;
        let taken =
            |error: io::Error| io::Error::other(format!("the API at {}: {error}", api.listen));
        let listener = TcpListener::bind(api.listen).await.map_err(taken)?;
        let address = listener.local_addr()?;
        let (hand_over, ready) = mpsc::channel(HANDSHAKES_MAX);
        let room = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        tokio::spawn(async move {
            while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
                let (stream, peer) = match listener.accept().await {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Too many files, most of all: it passes.
                        tracing::warn!(%error, "a connection could not be accepted");
                        sleep(AGAIN_AFTER).await;
                        continue;
                    }
                };
                let (acceptor, hand_over) = (keys.acceptor(), hand_over.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await
                        && hand_over.send((stream, peer)).await.is_err()
                    {
                        tracing::debug!("a connection came too late");
                    }
                    drop(permit);
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl Listener for Remote {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// A certificate, its key, and when their files were written.
struct Keys {
    paths: [PathBuf; 2],
    written: [Option<SystemTime>; 2],
    config: Arc<ServerConfig>,
}

impl Keys {
    fn read(certificate: &Path, key: &Path) -> io::Result<Self> {
        let paths = [certificate.to_owned(), key.to_owned()];
        let written = paths.each_ref().map(|path| written(path));
        let config = Arc::new(config(certificate, key)?);
        Ok(Self { paths, written, config })
    }

    /// With the keys of now, if they are good.
    fn acceptor(&mut self) -> TlsAcceptor {
        let written = self.paths.each_ref().map(|path| written(path));
        if written != self.written {
            self.written = written;
            match config(&self.paths[0], &self.paths[1]) {
                Ok(config) => {
                    self.config = Arc::new(config);
                    tracing::info!("the API has another certificate");
                }
                Err(error) => tracing::error!(%error, "the API keeps its old certificate"),
            }
        }
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn config(certificate: &Path, key: &Path) -> io::Result<ServerConfig> {
    let bad = |path: &Path, error: &dyn std::fmt::Display| {
        io::Error::other(format!("{}: {error}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(certificate, &error))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
        .map_err(|error| bad(certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Handshakes that go on at the same time; each holds some tens of kilobytes.
const HANDSHAKES_MAX: usize = 64;

const PATIENCE: Duration = Duration::from_secs(10);

const AGAIN_AFTER: Duration = Duration::from_millis(100);
