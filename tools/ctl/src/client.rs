//! Speaks HTTP with control, over its unix socket or from afar.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::header::LINK;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;

use crate::far::Far;
use crate::trouble::{DENIED, FAILED, Trouble, UNREACHABLE};

/// Where control listens.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// On this host.
    Socket(PathBuf),
    /// Elsewhere.
    Far(Far),
}

/// Asks control.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    place: Place,
}

/// What a conversation goes over.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What control answered, as it was sent.
pub(crate) struct Answer {
    pub(crate) text: Bytes,
    /// The address of the next page, if there is one.
    next: Option<String>,
}

impl Client {
    pub(crate) fn new(place: Place) -> Self {
        Self { place }
    }

    /// Asks; parameters without a value are left out.
    pub(crate) fn get(
        &self,
        path: &str,
        parameters: &[(&str, Option<&str>)],
    ) -> Result<Answer, Trouble> {
        self.exchange(Method::GET, &addressed(path, parameters), whole(String::new()))
    }

    /// Asks for a list, page after page, and gives it whole.
    pub(crate) fn list(
        &self,
        path: &str,
        parameters: &[(&str, Option<&str>)],
    ) -> Result<Answer, Trouble> {
        let mut answer = self.get(path, parameters)?;
        if answer.next.is_none() {
            return Ok(answer);
        }
        let mut rows: Vec<Value> = answer.read()?;
        while let Some(next) = answer.next.take() {
            answer = self.exchange(Method::GET, &next, whole(String::new()))?;
            rows.extend(answer.read::<Vec<Value>>()?);
        }
        let mut text = Vec::new();
        let format = PrettyFormatter::with_indent(b" ");
        rows.serialize(&mut Serializer::with_formatter(&mut text, format))?;
        text.push(b'\n');
        Ok(Answer { text: text.into(), next: None })
    }

    /// Tells.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.exchange(Method::POST, path, whole(body.to_string()))
    }

    /// Sends a file.
    pub(crate) fn upload<B>(
        &self,
        path: &str,
        parameters: &[(&str, Option<&str>)],
        file: B,
    ) -> Result<Answer, Trouble>
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static,
    {
        self.exchange(Method::POST, &addressed(path, parameters), file)
    }

    fn exchange<B>(&self, method: Method, address: &str, body: B) -> Result<Answer, Trouble>
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.send(method, address, body))
    }

    async fn send<B>(&self, method: Method, address: &str, body: B) -> Result<Answer, Trouble>
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static,
    {
        let (stream, host, token): (Box<dyn Stream>, _, _) = match &self.place {
            Place::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                (Box::new(stream.map_err(|error| silent(path, &error))?), "control", None)
            }
            Place::Far(far) => {
                (Box::new(far.connect().await?), far.address.as_str(), Some(&far.token))
            }
        };
        let lost = |error: hyper::Error| {
            Trouble::new(UNREACHABLE, format!("control broke off the conversation: {error}"))
        };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
        let talking = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header("host", host)
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request =
            request.body(body).map_err(|error| Trouble::new(FAILED, error.to_string()))?;
        let response = sender.send_request(request).await.map_err(lost)?;
        let status = response.status();
        let next = response.headers().get(LINK).and_then(|link| next(link.to_str().ok()?));
        let text = response.into_body().collect().await.map_err(lost)?.to_bytes();
        talking.abort();
        if status.is_success() {
            Ok(Answer { text, next })
        } else {
            Err(Trouble::refused(status.as_u16(), &text))
        }
    }
}

fn silent(socket: &Path, error: &std::io::Error) -> Trouble {
    let socket = socket.display();
    if error.kind() == ErrorKind::PermissionDenied {
        return Trouble::new(DENIED, format!("you may not speak to control at {socket}"))
            .cure("the socket is for its owner and its group");
    }
    Trouble::new(UNREACHABLE, format!("control does not answer at {socket}: {error}"))
        .cure("is signalbox-control running? name its socket with --socket or SIGNALBOX_SOCKET")
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

/// The address of the next page (RFC 8288).
fn next(link: &str) -> Option<String> {
    let (address, relation) = link.strip_prefix('<')?.split_once('>')?;
    relation.contains("rel=\"next\"").then(|| address.to_owned())
}

fn whole(body: String) -> Full<Bytes> {
    Full::new(Bytes::from(body))
}

/// An address with its parameters; those without a value are left out.
fn addressed(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    let mut sign = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            address.push_str(&format!("{sign}{name}={}", escaped(value)));
            sign = '&';
        }
    }
    address
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
