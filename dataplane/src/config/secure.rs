//! Do the files of TLS make sense?

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::ConfigError;
use super::check::Page;
use super::raw::{Asked, RawDialler, RawEnvironment, RawListener};
use crate::net::tls::{ClientCertificates, Dialler, FileError, Identity, Listener};

/// What judges them: the page that names them, and where a path on it leads.
pub(super) struct Secure<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) beside: &'a dyn Fn(&Path) -> PathBuf,
}

/// The files that are named on a page.
type Named<'a> = [Option<&'a Spanned<PathBuf>>; 3];

impl Secure<'_> {
    /// What an environment's listeners use, read once to see whether it is good.
    pub(super) fn listener(&self, raw: &RawEnvironment) -> Result<Option<Listener>, ConfigError> {
        let Some(tls) = &raw.tls else {
            let mut secure = raw.smpp_tls.iter().chain(&raw.sip_tls).chain(&raw.sip_wss);
            let Some(address) = secure.next() else { return Ok(None) };
            let what = format!("{} has no certificate", address.get_ref());
            let cure = "add [environment.tls] with certificate and key";
            return Err(self.page.wrong(address.span(), what, cure));
        };
        let identity = self.identity(&tls.certificate, &tls.key);
        let listener = Listener { identity, clients: self.clients(tls)? };
        let named = [Some(&tls.certificate), Some(&tls.key), tls.client_ca.as_ref()];
        listener.check().map_err(|error| self.place(named, &error))?;
        Ok(Some(listener))
    }

    /// What is used to dial.
    pub(super) fn dialler(&self, raw: &RawDialler) -> Result<Dialler, ConfigError> {
        let identity = match (&raw.certificate, &raw.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(self.identity(certificate, key)),
            (Some(lone), None) | (None, Some(lone)) => {
                let what = "certificate and key belong together".to_owned();
                return Err(self.page.wrong(lone.span(), what, "give both, or none"));
            }
        };
        let roots = raw.roots.as_ref().map(|path| (self.beside)(path.get_ref()));
        let dialler = Dialler { roots, identity };
        // The system's roots are nobody's line: without any of our own nothing is judged here.
        if dialler.paths().next().is_some() {
            let named = [raw.roots.as_ref(), raw.certificate.as_ref(), raw.key.as_ref()];
            dialler.check().map_err(|error| self.place(named, &error))?;
        }
        Ok(dialler)
    }

    fn identity(&self, certificate: &Spanned<PathBuf>, key: &Spanned<PathBuf>) -> Identity {
        let certificate = (self.beside)(certificate.get_ref());
        Identity { certificate, key: (self.beside)(key.get_ref()) }
    }

    fn clients(
        &self,
        tls: &RawListener,
    ) -> Result<Option<(PathBuf, ClientCertificates)>, ConfigError> {
        match (&tls.client_ca, &tls.client_certificates) {
            (None, None) => Ok(None),
            (None, Some(asked)) => {
                let what = "nobody could check them".to_owned();
                let cure = "add client_ca, the certificate of who signs theirs";
                Err(self.page.wrong(asked.span(), what, cure))
            }
            (Some(ca), asked) => {
                let asked = match asked.as_ref().map(Spanned::get_ref) {
                    None | Some(Asked::Required) => ClientCertificates::Required,
                    Some(Asked::Optional) => ClientCertificates::Optional,
                };
                Ok(Some(((self.beside)(ca.get_ref()), asked)))
            }
        }
    }

    /// The line that names the file in question.
    fn place(&self, named: Named<'_>, error: &FileError) -> ConfigError {
        let is_it = |file: &&Spanned<PathBuf>| (self.beside)(file.get_ref()) == error.path;
        let span = named.into_iter().flatten().find(is_it).map_or(0..0, Spanned::span);
        self.page.wrong(span, error.to_string(), error.cure)
    }
}
