//! The API from afar: TLS, tokens, roles, one environment; what is refused, and how.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::site::{ask, start};

/// A site with two environments whose API is reached over TLS, too.
struct Afar {
    folder: tempfile::TempDir,
    control: std::process::Child,
    port: u16,
    config: Arc<ClientConfig>,
}

impl Drop for Afar {
    fn drop(&mut self) {
        self.control.kill().unwrap();
        self.control.wait().unwrap();
    }
}

fn certificate(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("api.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("api.pem"), made.cert.pem()).unwrap();
}

/// Trusts what the certificate of a folder is now.
fn trusting(folder: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("api.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

impl Afar {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = folder.path().join("control.toml");
        let api = format!(
            "[api]\nlisten = \"127.0.0.1:{port}\"\ncertificate = \"api.pem\"\nkey = \"api.key\"\n"
        );
        std::fs::write(&path, format!("{CONFIG}{api}")).unwrap();
        let control = start(&path);
        let config = trusting(folder.path());
        let site = Self { folder, control, port, config };
        for (name, octet) in [("env1", 2), ("env2", 3)] {
            let wish = format!(
                r#"{{"verb":"add","kind":"environment","name":"{name}",
                "fields":{{"domain":"{name}.example","smpp":["127.0.0.{octet}:2775"]}}}}"#
            );
            assert!(site.near("POST", "/v1/change", &wish).contains("200 OK"));
        }
        assert!(site.near("POST", "/v1/commit", r#"{"message":"two"}"#).contains("200 OK"));
        site
    }

    fn near(&self, method: &str, path: &str, body: &str) -> String {
        ask(self.folder.path(), method, path, body)
    }

    /// A token made over the unix socket.
    fn token(&self, wish: &str) -> String {
        let answer = self.near("POST", "/v1/token", wish);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        let answer: Value = serde_json::from_str(body).unwrap();
        answer["secret"].as_str().unwrap().to_owned()
    }

    /// Asks over TLS; the answer's status and its body.
    fn far(&self, token: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let answer = self.whole(token, method, path, body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// The same with the answer's head.
    fn whole(&self, token: &str, method: &str, path: &str, body: &str) -> String {
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut stream = StreamOwned::new(client, stream);
        let len = body.len();
        let head = format!("host: x\r\ncontent-type: application/json\r\nconnection: close{token}");
        write!(stream, "{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {len}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn bearer(secret: &str) -> String {
    format!("\r\nauthorization: Bearer {secret}")
}

#[test]
fn h05_who_has_no_right_sees_nothing_and_changes_nothing() {
    let site = Afar::start();
    let read = bearer(&site.token(r#"{"name":"graphs","role":"read"}"#));
    let own = bearer(&site.token(r#"{"name":"shop","role":"provision","env":"env1"}"#));
    let account = |env: &str| {
        format!(
            r#"{{"verb":"add","kind":"account","env":"{env}","name":"1111",
            "fields":{{"password":"pw"}}}}"#
        )
    };
    for (token, method, path, body, expected) in [
        ("", "GET", "/v1/status", "", 401),
        ("\r\nauthorization: Bearer sb_guessed", "GET", "/v1/status", "", 401),
        (&read, "GET", "/v1/status", "", 200),
        (&read, "GET", "/v1/nothing", "", 404),
        (&read, "POST", "/v1/change", &account("env1"), 403),
        (&read, "POST", "/v1/token", r#"{"name":"me","role":"admin"}"#, 403),
        (&own, "POST", "/v1/change", &account("env2"), 404),
        (&own, "GET", "/v1/objects?kind=carrier&env=env2", "", 404),
        (&own, "GET", "/v1/object?kind=environment&name=env2", "", 404),
        (&own, "GET", "/v1/object?kind=environment&name=env1", "", 200),
        (&own, "GET", "/v1/cdr?%65nv=env2", "", 400),
        (&own, "GET", "/v1/history", "", 403),
        (&own, "POST", "/v1/token", r#"{"name":"me","role":"admin"}"#, 403),
        (&own, "POST", "/v1/change", r#"{"verb":"add","role":"admin"}"#, 400),
        (&own, "POST", "/v1/change", &account("env1"), 200),
        (&own, "POST", "/v1/commit", r#"{"message":"an account"}"#, 200),
    ] {
        let (status, answer) = site.far(token, method, path, body);
        assert_eq!(status, expected, "{method} {path}: {answer}");
        let leaks = answer.contains("env2.example") && expected != 200;
        assert!(!leaks, "{answer}");
    }
    let history = site.near("GET", "/v1/history?limit=1", "");
    assert!(history.contains(r#""author": "token:shop""#), "{history}");
    assert!(history.contains(r#""origin": "127.0.0.1:"#), "{history}");
    let removed = site.near("POST", "/v1/token/remove", r#"{"name":"shop"}"#);
    assert!(removed.contains("200 OK"), "{removed}");
    assert_eq!(site.far(&own, "GET", "/v1/diff", "").0, 401, "it opens nothing any more");
    let guessed = |_| site.far(&bearer("sb_guess"), "GET", "/v1/status", "").0;
    assert!((0..16).map(guessed).any(|status| status == 429), "guessing becomes slow");
    assert_eq!(site.far(&read, "GET", "/v1/status", "").0, 200, "others are not held up");
}

/// A header of an answer; empty if it has none of that name.
fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_default()
}

#[test]
fn what_changed_meanwhile_is_not_acted_on_and_what_comes_twice_is_done_once() {
    let site = Afar::start();
    let make = bearer(&site.token(r#"{"name":"shop","role":"provision"}"#));
    let add = |name: &str, fields: &str| {
        format!(
            r#"{{"verb":"put","kind":"list","env":"env1","name":"{name}","fields":{{{fields}}}}}"#
        )
    };
    let with = |name: &str, value: &str| format!("{make}\r\n{name}: {value}");
    assert_eq!(site.far(&make, "POST", "/v1/change", &add("l1", r#""entries":["1"]"#)).0, 200);

    let looked = site.whole(&make, "GET", "/v1/object?kind=list&env=env1&name=l1&brief=true", "");
    let tag = header(&looked, "etag");
    assert_eq!(tag.len(), 34, "{looked}");
    let had = with("if-none-match", tag);
    let again = site.far(&had, "GET", "/v1/object?kind=list&env=env1&name=l1&brief=true", "");
    assert_eq!(again, (304, String::new()));
    let seen = with("if-match", tag);
    let change = add("l1", r#""entries":["2"]"#);
    assert_eq!(site.far(&seen, "POST", "/v1/change", &change).0, 200);
    assert_eq!(site.far(&seen, "POST", "/v1/change", &change).0, 412, "it is another now");

    let diff = site.whole(&make, "GET", "/v1/diff", "");
    let reviewed = with("if-match", header(&diff, "etag"));
    assert_eq!(site.far(&make, "POST", "/v1/change", &add("l2", "")).0, 200);
    let commit = r#"{"message":"as reviewed"}"#;
    assert_eq!(site.far(&reviewed, "POST", "/v1/commit", commit).0, 412, "more would go live");

    let keyed = with("idempotency-key", "3f1c-1");
    let first = site.far(&keyed, "POST", "/v1/commit", commit);
    assert_eq!(first.0, 200, "{}", first.1);
    let second = site.whole(&keyed, "POST", "/v1/commit", commit);
    assert_eq!(header(&second, "idempotency-replayed"), "true");
    assert!(second.ends_with(&first.1), "the same answer: {second}");
    assert_eq!(site.far(&keyed, "POST", "/v1/commit", r#"{"message":"other"}"#).0, 422);
    let history: Value =
        serde_json::from_str(&site.far(&make, "GET", "/v1/history", "").1).unwrap();
    assert_eq!(history.as_array().unwrap().len(), 2, "committed once: {history}");
    let refused = with("idempotency-key", "3f1c-2");
    assert_eq!(site.far(&refused, "POST", "/v1/commit", r#"{"message":""}"#).0, 400);
    assert_eq!(site.far(&refused, "POST", "/v1/discard", "{}").0, 200, "it left no trace");
}

#[test]
fn the_interface_describes_itself_and_says_how_it_is_asked() {
    let site = Afar::start();
    let read = bearer(&site.token(r#"{"name":"graphs","role":"read","env":"env1"}"#));
    let (status, text) = site.far(&read, "GET", "/openapi.json", "");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &document["openapi"]), (200, &Value::from("3.1.0")));
    let other = site.whole(&read, "PUT", "/v1/status", "");
    assert!(other.starts_with("HTTP/1.1 405"), "{other}");
    assert_eq!(header(&other, "allow"), "GET,HEAD");
    assert_eq!(header(&other, "content-type"), "application/problem+json");
    let unknown = site.whole("", "GET", "/v1/status", "");
    assert_eq!(header(&unknown, "www-authenticate"), "Bearer");
    let page = site.near("GET", "/v1/objects?kind=environment&limit=1", "");
    let next = header(&page, "link").strip_prefix('<').unwrap();
    let (next, rel) = next.split_once('>').unwrap();
    assert_eq!(rel, "; rel=\"next\"");
    let page = site.near("GET", next, "");
    assert!(page.contains("env2.example") && !page.contains("env1.example"), "{page}");
    let guess = |_| site.whole(&bearer("sb_guess"), "GET", "/v1/status", "");
    let slow = (0..16).map(guess).find(|answer| answer.starts_with("HTTP/1.1 429")).unwrap();
    assert_eq!(header(&slow, "retry-after"), "1");
}

#[test]
fn c14_another_certificate_is_taken_and_a_bad_one_is_not() {
    let mut site = Afar::start();
    let read = bearer(&site.token(r#"{"name":"graphs","role":"read"}"#));
    let folder = site.folder.path().to_owned();
    std::fs::write(folder.join("api.key"), "no key").unwrap();
    assert_eq!(site.far(&read, "GET", "/v1/status", "").0, 200, "the old pair stays");
    certificate(&folder);
    site.config = trusting(&folder);
    assert_eq!(site.far(&read, "GET", "/v1/status", "").0, 200, "the new pair is used");
}

const CONFIG: &str = r#"
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "seal.key"
"#;
