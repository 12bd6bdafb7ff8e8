//! A certificate authority of the tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ServerConfig};

use super::super::{ClientCertificates, Dialler, Files, Identity, Listener};

/// Signs what the tests need, in a directory of its own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    dir: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(dir.path().join("ca.crt"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Signs a certificate that ends with a year, and writes it and its key as `NAME.crt` and
    /// `NAME.key`.
    pub(crate) fn issue(&self, name: &str, names: &[&str], end: i32) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(end, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let identity = Identity {
            certificate: self.path(&format!("{name}.crt")),
            key: self.path(&format!("{name}.key")),
        };
        replace(&identity.certificate, &certificate.pem());
        replace(&identity.key, &key.serialize_pem());
        identity
    }

    /// One listener that speaks TLS, and a dialler that trusts us.
    pub(crate) fn files(&self, clients: Option<ClientCertificates>) -> Files {
        let identity = self.issue("env1", &["env1.example", "127.0.0.1"], END);
        let clients = clients.map(|asked| (self.path("ca.crt"), asked));
        let roots = Some(self.path("ca.crt"));
        Files {
            listeners: vec![Listener { identity, clients }],
            places: vec![Some(0)],
            dialler: Dialler { roots, identity: None },
        }
    }

    /// A client's own configuration; `identity` is what it shows.
    pub(crate) fn client(&self, identity: Option<Identity>) -> Arc<ClientConfig> {
        let dialler = Dialler { roots: Some(self.path("ca.crt")), identity };
        dialler.load().unwrap().unwrap().config
    }

    /// What a file's first certificate is.
    pub(crate) fn certificate(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(name)).unwrap()
    }
}

/// What the first listener of these files uses.
pub(crate) fn server(files: &Files) -> Arc<ServerConfig> {
    files.listeners[0].load().unwrap().config
}

/// As certbot does: beside, then renamed; keys are for their owner.
pub(crate) fn replace(path: &Path, text: &str) {
    let aside = path.with_extension("aside");
    fs::write(&aside, text).unwrap();
    fs::set_permissions(&aside, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&aside, path).unwrap();
}

/// A year that is far.
pub(crate) const END: i32 = 2090;
