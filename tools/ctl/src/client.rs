//! Speaks HTTP with control over its unix socket.

use std::io::ErrorKind;
use std::path::PathBuf;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::trouble::{DENIED, FAILED, Trouble, UNREACHABLE};

/// Where control listens.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
}

/// What control answered, as it was sent.
pub(crate) struct Answer {
    pub(crate) text: Bytes,
}

impl Client {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Asks; parameters without a value are left out.
    pub(crate) fn get(
        &self,
        path: &str,
        parameters: &[(&str, Option<&str>)],
    ) -> Result<Answer, Trouble> {
        let mut address = path.to_owned();
        let mut sign = '?';
        for (name, value) in parameters {
            if let Some(value) = value {
                address.push_str(&format!("{sign}{name}={}", escaped(value)));
                sign = '&';
            }
        }
        self.exchange(Method::GET, &address, String::new())
    }

    /// Tells.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.exchange(Method::POST, path, body.to_string())
    }

    fn exchange(&self, method: Method, address: &str, body: String) -> Result<Answer, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.send(method, address, body))
    }

    async fn send(&self, method: Method, address: &str, body: String) -> Result<Answer, Trouble> {
        let stream =
            UnixStream::connect(&self.socket).await.map_err(|error| self.silent(&error))?;
        let lost = |error: hyper::Error| {
            Trouble::new(UNREACHABLE, format!("control broke off the conversation: {error}"))
        };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
        let talking = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("host", "control")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Trouble::new(FAILED, error.to_string()))?;
        let response = sender.send_request(request).await.map_err(lost)?;
        let status = response.status();
        let text = response.into_body().collect().await.map_err(lost)?.to_bytes();
        talking.abort();
        if status.is_success() {
            Ok(Answer { text })
        } else {
            Err(Trouble::refused(status.as_u16(), &text))
        }
    }

    fn silent(&self, error: &std::io::Error) -> Trouble {
        let socket = self.socket.display();
        if error.kind() == ErrorKind::PermissionDenied {
            return Trouble::new(DENIED, format!("you may not speak to control at {socket}"))
                .cure("the socket is for its owner and its group");
        }
        Trouble::new(UNREACHABLE, format!("control does not answer at {socket}: {error}"))
            .cure("is signalbox-control running? name its socket with --socket or SIGNALBOX_SOCKET")
    }
}

impl Answer {
    /// The answer with a known shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        Ok(serde_json::from_slice(&self.text)?)
    }

    /// The answer as it came.
    pub(crate) fn print(&self) {
        anstream::print!("{}", String::from_utf8_lossy(&self.text));
    }
}

/// Percent-encoding of a query value (RFC 3986 §2.1).
fn escaped(value: &str) -> String {
    value
        .bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                (octet as char).to_string()
            }
            _ => format!("%{octet:02X}"),
        })
        .collect()
}
