//! Control from afar: TLS, and a token.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::trouble::{FAILED, Trouble, UNREACHABLE};

/// Where control listens, who we are there, and who has to vouch for its certificate.
#[derive(Clone)]
pub(crate) struct Far {
    pub(crate) address: String,
    pub(crate) token: String,
    pub(crate) roots: PathBuf,
}

impl std::fmt::Debug for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Far({})", self.address)
    }
}

impl Far {
    /// A connection whose other end is who it should be.
    pub(crate) async fn connect(&self) -> Result<TlsStream<TcpStream>, Trouble> {
        let name = self.address.rsplit_once(':').map_or(self.address.as_str(), |(name, _)| name);
        let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| self.silent(&error))?;
        let stream =
            TcpStream::connect(&self.address).await.map_err(|error| self.silent(&error))?;
        let connector = TlsConnector::from(Arc::new(self.trust()?));
        connector.connect(name, stream).await.map_err(|error| self.silent(&error))
    }

    fn trust(&self) -> Result<ClientConfig, Trouble> {
        let wrong = |error: &dyn std::fmt::Display| {
            Trouble::new(FAILED, format!("{}: {error}", self.roots.display()))
        };
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(&self.roots).map_err(|error| wrong(&error))? {
            roots.add(root.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }

    fn silent(&self, error: &dyn std::fmt::Display) -> Trouble {
        Trouble::new(UNREACHABLE, format!("control does not answer at {}: {error}", self.address))
            .cure("see the context: its address, and the roots that vouch for the certificate")
    }
}
