//! Sites that are asked from afar: a file gives each a name, an address and a token.
//!
//! ```toml
//! [prod]
//! address = "control.example:8443"
//! token_file = "prod.token"
//! roots = "ca.pem"
//! env = "env1"
//! ```
//!
//! Paths start at the folder of the file. `roots` may be left out where the certificate is
//! vouched for by somebody whom the machine trusts; with `socket` alone a context is of this host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::client::Place;
use crate::far::Far;
use crate::trouble::{FAILED, INVALID, Trouble, USAGE};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    socket: Option<PathBuf>,
    address: Option<String>,
    token_file: Option<PathBuf>,
    roots: Option<PathBuf>,
    env: Option<String>,
}

/// Where a context is, and the environment that is meant there unless another one is named.
pub(crate) fn find(name: &str) -> Result<(Place, Option<String>), Trouble> {
    let path = file().ok_or_else(|| Trouble::new(USAGE, "there is no home for contexts"))?;
    let told = |code, error: &dyn std::fmt::Display| {
        Trouble::new(code, format!("{}: {error}", path.display()))
    };
    let text = std::fs::read_to_string(&path).map_err(|error| told(FAILED, &error))?;
    let mut contexts: BTreeMap<String, Context> =
        toml::from_str(&text).map_err(|error| told(INVALID, &error))?;
    let Some(context) = contexts.remove(name) else {
        let names: Vec<&str> = contexts.keys().map(String::as_str).collect();
        let error = format!("there is no context {name}");
        return Err(told(USAGE, &error).cure(format!("there are: {}", names.join(", "))));
    };
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    let place = context.place(name, folder)?;
    Ok((place, context.env))
}

/// The names of all contexts; none if the file cannot be read.
pub(crate) fn names() -> Vec<String> {
    let text = file().and_then(|path| std::fs::read_to_string(path).ok());
    let contexts = text.and_then(|text| toml::from_str::<BTreeMap<String, Context>>(&text).ok());
    contexts.unwrap_or_default().into_keys().collect()
}

impl Context {
    fn place(&self, name: &str, folder: &Path) -> Result<Place, Trouble> {
        let (address, token_file) = match (&self.socket, &self.address, &self.token_file) {
            (Some(socket), None, None) => return Ok(Place::Socket(folder.join(socket))),
            (None, Some(address), Some(token_file)) => (address, token_file),
            (_, _, _) => {
                let error =
                    format!("context {name} needs a socket, or an address and a token_file");
                return Err(Trouble::new(INVALID, error));
            }
        };
        let path = folder.join(token_file);
        let token = std::fs::read_to_string(&path)
            .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
        let roots =
            self.roots.as_ref().map_or_else(|| PathBuf::from(ROOTS), |one| folder.join(one));
        Ok(Place::Far(Far { address: address.clone(), token: token.trim().to_owned(), roots }))
    }
}

/// `contexts.toml` of the operator.
fn file() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty());
    if let Some(path) = named("SIGNALBOX_CONTEXTS") {
        return Some(path.into());
    }
    let own = named("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = own.or_else(|| Some(PathBuf::from(named("HOME")?).join(".config")))?;
    Some(folder.join("signalbox/contexts.toml"))
}

/// Whom a Debian machine trusts.
const ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";
