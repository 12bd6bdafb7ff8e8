//! Who an app is, and how it proves it.

use sip::digest::{Asked, Ha1, answer_with};
use sip::{Algorithm, Message, Method};

/// One account, and the nonce it was given last.
#[derive(Debug)]
pub(super) struct Identity {
    user: String,
    realm: String,
    ha1: Ha1,
    nonce: String,
    algorithm: Algorithm,
    /// How often the nonce was used.
    count: u32,
}

impl Identity {
    /// An app that has heard nothing yet.
    pub(super) fn new(user: String, realm: &str, password: &str) -> Self {
        let ha1 = Ha1::of(&user, realm, password);
        let (nonce, algorithm) = (String::new(), Algorithm::Md5);
        Self { user, realm: realm.to_owned(), ha1, nonce, algorithm, count: 0 }
    }

    /// The account's user part.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Takes the nonce of the first challenge it can answer.
    pub(super) fn handle_challenge(&mut self, answer: &Message<'_>) {
        let known = |algorithm| algorithm != Algorithm::Other;
        let mut challenges = answer.challenges().flatten();
        if let Some(found) = challenges.find(|found| known(found.algorithm)) {
            (self.nonce, self.algorithm, self.count) = (found.nonce.into(), found.algorithm, 0);
        }
    }

    /// The value of the header that proves who it is; empty as long as nobody has asked.
    pub(super) fn prove(&mut self, uri: &str) -> String {
        let mut value = String::new();
        if self.nonce.is_empty() {
            return value;
        }
        self.count += 1;
        let method = Method::Message;
        let asked = Asked { method, uri, cnonce: "6c6f6164", nonce_count: self.count };
        let (user, realm, nonce) = (&self.user, &self.realm, &self.nonce);
        answer_with(self.algorithm, [user, realm, nonce], &self.ha1, &asked, &mut value);
        value
    }
}
