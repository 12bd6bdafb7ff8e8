//! The socket, and what hangs on it.

use std::fs::{self, Permissions};
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::net::UnixListener;

use super::answer::Refused;
use super::guard::{Guard, guard};
use super::peer::Afar;
use super::remote::Remote;
use super::{
    Peer, accounts, bookings, capture, closed, conditional, contract, doctor, flow, happened,
    import, model, numbers, once, pages, reasons, sheets, tables, tokens,
};
use crate::config::Node;
use crate::fault::{Code, Fault};
use crate::harvest::Harvest;
use crate::publish::Publisher;
use crate::seal::Seal;
use crate::store::{Place, Writer};
use crate::tables::Tables;

/// What the handlers work with.
pub struct Control {
    /// The store's thread.
    pub writer: Writer,
    /// The files of rows; whoever takes one in holds it, for the memory that it takes.
    pub tables: tokio::sync::Mutex<Arc<Tables>>,
    /// Where the store is, for long questions.
    pub store: Place,
    /// The harvest's thread.
    pub harvest: Harvest,
    /// Where plans go.
    pub publisher: Publisher,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The site's seal.
    pub seal: Seal,
}

/// A socket that listens; it is removed when this goes.
pub struct Listening {
    listener: Option<UnixListener>,
    path: PathBuf,
}

impl Listening {
    /// Listens at a path. The socket appears there with its final mode; one that a dead control
    /// left behind is replaced.
    pub fn at(path: &Path) -> std::io::Result<Self> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let aside = PathBuf::from(aside);
        if aside.exists() {
            fs::remove_file(&aside)?;
        }
        let listener = UnixListener::bind(&aside)?;
        fs::set_permissions(&aside, Permissions::from_mode(MODE))?;
        fs::rename(&aside, path)?;
        Ok(Self { listener: Some(listener), path: path.to_owned() })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Nothing depends on it: a socket without a listener refuses.
        drop(fs::remove_file(&self.path));
    }
}

/// Every address of the interface.
pub fn routes(control: Arc<Control>) -> Router {
    Router::new()
        .route("/v1/token", post(tokens::add))
        .route("/v1/token/remove", post(tokens::remove))
        .route("/v1/tokens", get(tokens::list))
        .route("/v1/status", get(happened::status))
        .route("/v1/change", post(model::change))
        .route("/v1/changes", post(model::changes))
        .route("/v1/tariff", post(sheets::import).layer(DefaultBodyLimit::max(sheets::SHEET_MAX)))
        .route("/v1/table", post(tables::import).layer(DefaultBodyLimit::disable()))
        .route("/v1/import", post(import::import).layer(DefaultBodyLimit::disable()))
        .route("/v1/objects", get(model::list))
        .route("/v1/numbers", get(numbers::list))
        .route("/v1/object", get(model::show))
        .route("/v1/diff", get(model::diff))
        .route("/v1/commit", post(model::commit))
        .route("/v1/rollback", post(model::roll_back))
        .route("/v1/discard", post(model::discard))
        .route("/v1/confirm", post(flow::confirm))
        .route("/v1/planned", get(flow::planned))
        .route("/v1/cancel", post(flow::cancel))
        .route("/v1/generation", get(flow::generation))
        .route("/v1/history", get(flow::history))
        .route("/v1/route", get(model::route))
        .route("/v1/why", get(reasons::why))
        .route("/v1/steps", get(reasons::steps))
        .route("/v1/impact", get(reasons::impact))
        .route("/v1/settle", get(bookings::settle))
        .route("/v1/settle.csv", get(bookings::formed))
        .route("/v1/settle.html", get(bookings::formed))
        .route("/v1/settle.xlsx", get(bookings::formed))
        .route("/v1/close", post(bookings::close))
        .route("/v1/closed", get(bookings::closed))
        .route("/v1/booking", post(bookings::book))
        .route("/v1/bookings", get(bookings::bookings))
        .route("/v1/balance", get(bookings::balance))
        .route("/v1/cdr", get(happened::cdr))
        .route("/v1/folios", get(closed::list))
        .route("/v1/proof", get(closed::proof))
        .route("/v1/verify", get(closed::verify))
        .route("/v1/reconcile", post(accounts::reconcile).layer(DefaultBodyLimit::disable()))
        .route("/v1/what-if", get(accounts::what_if))
        .route("/v1/registrations", get(happened::registrations))
        .route("/v1/binds", get(happened::binds))
        .route("/v1/doctor", get(doctor::examine))
        .route("/v1/capture", get(capture::fetch).post(capture::begin))
        .route("/v1/capture/end", post(capture::end))
        .route("/v1/harvest", post(happened::harvest))
        .route("/openapi.json", get(contract::serve))
        .merge(pages::routes())
        .fallback(|| async { Refused(Fault::not_found("there is no such address")) })
        .method_not_allowed_fallback(|| async {
            Refused(Fault::new(Code::Method, "this address is asked in another way"))
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(Arc::clone(&control), once::once))
        .layer(from_fn(conditional::known))
        .with_state(control)
}

/// Serves, at the socket and from afar, until `stop` comes, and then finishes what was begun at
/// the socket.
pub async fn serve(
    control: Arc<Control>,
    mut listening: Listening,
    remote: Option<Remote>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = listening.listener.take().expect("a socket is served once");
    let service = routes(Arc::clone(&control)).into_make_service_with_connect_info::<Peer>();
    let near = axum::serve(listener, service).with_graceful_shutdown(stop);
    tokio::select! { done = near => done, done = serve_afar(control, remote) => done }
}

/// Serves those who come over TLS, each request behind the guard.
async fn serve_afar(control: Arc<Control>, remote: Option<Remote>) -> std::io::Result<()> {
    let Some(remote) = remote else { return std::future::pending().await };
    let state = Arc::new(Guard::new(Arc::clone(&control)));
    let guarded = routes(control).layer(from_fn_with_state(state, guard));
    axum::serve(remote, guarded.into_make_service_with_connect_info::<Afar>()).await
}

/// The owner and the group may ask.
const MODE: u32 = 0o660;

/// What a request may have in its body, but for what comes as a file.
pub(super) const BODY_MAX: usize = 1024 * 1024;
