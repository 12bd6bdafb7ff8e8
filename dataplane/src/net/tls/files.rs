//! Certificates and keys in their files.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::validity;

/// Who somebody is: a chain of certificates and the key of its first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// PEM, the own certificate first.
    pub certificate: PathBuf,
    /// PEM: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// What the listeners of an environment use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listener {
    /// Who they are.
    pub identity: Identity,
    /// Who may have signed the certificates of those who come, and whether one is asked for.
    pub clients: Option<(PathBuf, ClientCertificates)>,
}

/// Must whoever comes show a certificate?
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientCertificates {
    /// One that is shown is checked.
    Optional,
    /// Nobody comes in without.
    Required,
}

/// What is used to dial.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Dialler {
    /// Who may have signed a peer's certificate; `None` takes the system's roots.
    pub roots: Option<PathBuf>,
    /// Who we are to a peer that asks.
    pub identity: Option<Identity>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileError {
    /// Which.
    pub path: PathBuf,
    /// Why not.
    pub what: String,
    /// What to do about it.
    pub cure: &'static str,
}

/// What came out of files, and until when it holds.
#[derive(Clone, Debug)]
pub(super) struct Loaded<T> {
    pub(super) config: Arc<T>,
    /// Unix seconds at which our own certificate ends.
    pub(super) until: Option<i64>,
}

impl Identity {
    fn load(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), FileError> {
        let chain = certificates(&self.certificate)?;
        let wrong = |what: String, cure| FileError { path: self.key.clone(), what, cure };
        let metadata =
            std::fs::metadata(&self.key).map_err(|error| unreadable(&self.key, &error))?;
        if metadata.mode() & 0o007 != 0 {
            return Err(wrong("everybody may read it".to_owned(), "chmod o= the file"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| wrong(format!("no private key: {error}"), "give a PEM file"))?;
        Ok((chain, key))
    }

    fn unfit(&self, error: &rustls::Error) -> FileError {
        let cure = "give the key that belongs to the first certificate of the chain";
        let what = format!("does not fit {}: {error}", self.certificate.display());
        FileError { path: self.key.clone(), what, cure }
    }
}

impl Listener {
    /// Every file it is made of.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let Identity { certificate, key } = &self.identity;
        let clients = self.clients.iter().map(|(path, _)| path.as_path());
        [certificate.as_path(), key.as_path()].into_iter().chain(clients)
    }

    /// Can all of it be used?
    pub fn check(&self) -> Result<Option<i64>, FileError> {
        self.load().map(|loaded| loaded.until)
    }

    pub(super) fn load(&self) -> Result<Loaded<ServerConfig>, FileError> {
        let (chain, key) = self.identity.load()?;
        let until = chain.first().and_then(|first| validity::end(first));
        let verifier = self.clients.as_ref().map(|(path, asked)| verifier(path, *asked));
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("the provider speaks both versions");
        let builder = match verifier.transpose()? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config =
            builder.with_single_cert(chain, key).map_err(|error| self.identity.unfit(&error))?;
        // A link lives for days: nothing to resume is kept, neither here nor in tickets.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Loaded { config: Arc::new(config), until })
    }
}

impl Dialler {
    /// Every file it is made of.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let identity = self.identity.iter();
        let identity = identity.flat_map(|own| [own.certificate.as_path(), own.key.as_path()]);
        self.roots.as_deref().into_iter().chain(identity)
    }

    /// Can all of it be used?
    pub fn check(&self) -> Result<Option<i64>, FileError> {
        self.load().map(|loaded| loaded.and_then(|loaded| loaded.until))
    }

    /// `None` if there are no roots at all, neither ours nor the system's.
    pub(super) fn load(&self) -> Result<Option<Loaded<ClientConfig>>, FileError> {
        let system = || SYSTEM_ROOTS.iter().map(Path::new).find(|path| path.exists());
        let Some(path) = self.roots.as_deref().or_else(system) else { return Ok(None) };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("the provider speaks both versions")
            .with_root_certificates(roots(path)?);
        let (mut config, until) = match &self.identity {
            None => (builder.with_no_client_auth(), None),
            Some(identity) => {
                let (chain, key) = identity.load()?;
                let until = chain.first().and_then(|first| validity::end(first));
                let config = builder.with_client_auth_cert(chain, key);
                (config.map_err(|error| identity.unfit(&error))?, until)
            }
        };
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Some(Loaded { config: Arc::new(config), until }))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let octets = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let wrong = |what| FileError { path: path.to_owned(), what, cure: "give a PEM file" };
    let chain = CertificateDer::pem_slice_iter(&octets).collect::<Result<Vec<_>, _>>();
    match chain {
        Ok(chain) if chain.is_empty() => Err(wrong("it holds no certificate".to_owned())),
        Ok(chain) => Ok(chain),
        Err(error) => Err(wrong(format!("no certificate: {error}"))),
    }
}

fn roots(path: &Path) -> Result<RootCertStore, FileError> {
    let mut store = RootCertStore::empty();
    let (taken, _) = store.add_parsable_certificates(certificates(path)?);
    if taken == 0 {
        let what = "none of its certificates can sign".to_owned();
        return Err(FileError { path: path.to_owned(), what, cure: "give the CA's certificate" });
    }
    Ok(store)
}

fn verifier(
    path: &Path,
    asked: ClientCertificates,
) -> Result<Arc<dyn ClientCertVerifier>, FileError> {
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider());
    let builder = match asked {
        ClientCertificates::Optional => builder.allow_unauthenticated(),
        ClientCertificates::Required => builder,
    };
    let wrong = |what: String| FileError { path: path.to_owned(), what, cure: "give a PEM file" };
    builder.build().map_err(|error| wrong(error.to_string()))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn unreadable(path: &Path, error: &std::io::Error) -> FileError {
    let what = format!("cannot be read: {error}");
    FileError { path: path.to_owned(), what, cure: "give the path of a file we may read" }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

impl std::error::Error for FileError {}

/// Where the systems we know keep the roots they trust.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];
