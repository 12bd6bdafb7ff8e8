//! PostgreSQL: a server, several writers.
//!
//! The connection belongs to one thread, which waits for each answer; a small runtime of its own
//! drives it meanwhile. A connection that broke is made again by the next question, but never
//! within a transaction.

use std::cell::{Cell as Flag, RefCell};
use std::collections::HashMap;
use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Row, Statement};

use super::place::{self, Server};
use super::value::{Cell, Param};
use crate::clock;
use crate::fault::{Fault, Outcome};

/// A connection to a server, made again when it breaks.
pub(super) struct Connection {
    runtime: Runtime,
    server: Server,
    live: RefCell<Option<Live>>,
    /// Is a transaction open?
    within: Flag<bool>,
    /// Did anything fail within it?
    failed: Flag<bool>,
    /// When it last turned out that nobody answers.
    silent: Flag<Option<Instant>>,
    pending: RefCell<Vec<(String, Vec<Param<'static>>)>>,
}

struct Live {
    client: Client,
    /// By their texts as we write them.
    statements: HashMap<String, Statement>,
}

type Error = Box<dyn std::error::Error + Sync + Send>;

impl Connection {
    /// Connects.
    pub(super) fn open(server: &Server) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::failed(format!("no runtime: {error}")))?;
        let connection = Self {
            runtime,
            server: server.clone(),
            live: RefCell::default(),
            within: false.into(),
            failed: false.into(),
            silent: None.into(),
            pending: RefCell::default(),
        };
        connection.connect()?;
        Ok(connection)
    }

    fn connect(&self) -> Outcome<()> {
        let mut live = self.live.borrow_mut();
        if live.as_ref().is_some_and(|live| !live.client.is_closed()) {
            return Ok(());
        }
        let now = clock::instant();
        if self.silent.get().is_some_and(|since| now - since < place::SILENCE) {
            // Those who waited behind the one who found out need not wait as long.
            return Err(silent());
        }
        let config = self.server.config();
        let joining = async { timeout(place::PATIENCE, config.connect(NoTls)).await };
        let joined = self.runtime.block_on(joining);
        let Ok(joined) = joined else {
            self.silent.set(Some(clock::instant()));
            return Err(silent());
        };
        let (client, connection) = joined.map_err(Fault::from)?;
        self.runtime.spawn(async move {
            // Whoever asks next is told that it broke.
            drop(connection.await);
        });
        *live = Some(Live { client, statements: HashMap::new() });
        Ok(())
    }

    /// Does something with the connection; what never reached a server is tried once more.
    fn with<T>(&self, work: impl Fn(&Runtime, &mut Live) -> Outcome<T>) -> Outcome<T> {
        for last in [false, true] {
            if !self.within.get() {
                self.connect()?;
            }
            let mut live = self.live.borrow_mut();
            let Some(known) = live.as_mut() else { return Err(broke()) };
            let result = work(&self.runtime, known);
            if result.is_err() {
                self.failed.set(true);
            }
            // What a silent server still does with the old connection is nobody's business.
            let silent = result.as_ref().err() == Some(&silent());
            let closed = known.client.is_closed();
            if closed || silent {
                *live = None;
            }
            match result {
                Err(_) if closed && !last && !self.within.get() => {}
                result => return result,
            }
        }
        Err(broke())
    }

    /// Asks nothing: a server that does not answer that within seconds is gone, however long
    /// other questions may take.
    pub(super) fn knock(&self) -> Outcome<()> {
        self.with(|runtime, live| {
            let asked = live.client.batch_execute("");
            let answer = runtime.block_on(async { timeout(place::PATIENCE, asked).await });
            let Ok(answer) = answer else {
                self.silent.set(Some(clock::instant()));
                return Err(silent());
            };
            answer.map_err(Fault::from)
        })
    }

    /// Changes something; says how many rows.
    pub(super) fn change(&self, sql: &str, given: &[Param<'_>]) -> Outcome<u64> {
        self.flush()?;
        self.with(|runtime, live| {
            let statement = prepared(runtime, live, sql)?;
            wait(runtime, live.client.execute(&statement, &erased(given)))
        })
    }

    /// The rows of an answer.
    pub(super) fn rows(&self, sql: &str, given: &[Param<'_>]) -> Outcome<Vec<Row>> {
        self.flush()?;
        self.with(|runtime, live| {
            let statement = prepared(runtime, live, sql)?;
            wait(runtime, live.client.query(&statement, &erased(given)))
        })
    }

    /// Does several things that answer nothing.
    pub(super) fn script(&self, sql: &str) -> Outcome<()> {
        self.flush()?;
        self.with(|runtime, live| wait(runtime, live.client.batch_execute(sql)))
    }

    /// Changes something within a transaction, before its end.
    pub(super) fn tell(&self, sql: &str, given: &[Param<'_>]) -> Outcome<()> {
        let given = given.iter().map(Param::owned).collect();
        self.pending.borrow_mut().push((sql.to_owned(), given));
        if self.pending.borrow().len() >= PENDING_MAX { self.flush() } else { Ok(()) }
    }

    /// Sends everything that waits, and then waits for all the answers.
    fn flush(&self) -> Outcome<()> {
        let pending = self.pending.take();
        if pending.is_empty() {
            return Ok(());
        }
        self.with(|runtime, live| {
            let ready = pending.iter().map(|(sql, _)| prepared(runtime, live, sql));
            let ready = ready.collect::<Outcome<Vec<Statement>>>()?;
            let given: Vec<_> = pending.iter().map(|(_, given)| erased(given)).collect();
            let client = &live.client;
            let asked = ready.iter().zip(&given).map(|(sql, given)| client.execute(sql, given));
            wait(runtime, in_a_row(asked.map(Box::pin).collect()))
        })
    }

    pub(super) fn begin(&self) -> Outcome<()> {
        self.script("BEGIN")?;
        self.within.set(true);
        self.failed.set(false);
        Ok(())
    }

    pub(super) fn commit(&self) -> Outcome<()> {
        let sent = self.flush();
        if self.failed.get() {
            self.roll_back()?;
            // The server answers COMMIT with ROLLBACK after a failure, and no error.
            return sent.and_then(|()| Err(Fault::failed("a part of it had failed")));
        }
        let done = self.script("COMMIT");
        self.within.set(false);
        done
    }

    pub(super) fn roll_back(&self) -> Outcome<()> {
        self.pending.take();
        let done = self.with(|runtime, live| wait(runtime, live.client.batch_execute("ROLLBACK")));
        self.within.set(false);
        if done.is_err() {
            // A new connection has no transaction.
            self.live.take();
        }
        Ok(())
    }
}

/// The statement of a text, read by the server once.
fn prepared(runtime: &Runtime, live: &mut Live, sql: &str) -> Outcome<Statement> {
    if let Some(known) = live.statements.get(sql) {
        return Ok(known.clone());
    }
    let statement = wait(runtime, live.client.prepare(&sql.replace('?', "$")))?;
    if live.statements.len() < STATEMENTS_MAX {
        live.statements.insert(sql.to_owned(), statement.clone());
    }
    Ok(statement)
}

/// Waits for an answer, but not for ever: a server behind a dead line never says anything.
fn wait<T>(
    runtime: &Runtime,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Outcome<T> {
    let answer = runtime.block_on(async { timeout(PATIENCE, asked).await });
    answer.map_err(|_| silent())?.map_err(Fault::from)
}

/// Asks all in this order, at once; the answers are counts, and the first failure is told.
async fn in_a_row<F>(mut asked: Vec<Pin<Box<F>>>) -> Result<(), tokio_postgres::Error>
where
    F: Future<Output = Result<u64, tokio_postgres::Error>>,
{
    let (mut first, mut result) = (0, Ok(()));
    let mut done = vec![false; asked.len()];
    std::future::poll_fn(move |context| {
        for (place, one) in asked.iter_mut().enumerate().skip(first) {
            if done[place] {
                continue;
            }
            if let Poll::Ready(answer) = one.as_mut().poll(context) {
                done[place] = true;
                if let (Err(error), Ok(())) = (answer, &result) {
                    result = Err(error);
                }
            }
        }
        while done.get(first) == Some(&true) {
            first += 1;
        }
        match first == done.len() {
            true => Poll::Ready(std::mem::replace(&mut result, Ok(()))),
            false => Poll::Pending,
        }
    })
    .await
}

fn erased<'a>(given: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    given.iter().map(|one| one as &(dyn ToSql + Sync)).collect()
}

fn silent() -> Fault {
    Fault::failed("the store failed: PostgreSQL does not answer").cure(WHAT_GOES_ON)
}

fn broke() -> Fault {
    Fault::failed("the store failed: the connection to PostgreSQL broke").cure(WHAT_GOES_ON)
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let mut words = format!("the store failed: {error}");
        if let Some(source) = error.source() {
            words.push_str(&format!(": {source}"));
        }
        Self::failed(words).cure(WHAT_GOES_ON)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Error> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Integer(number) => number.to_sql(ty, out),
            // PostgreSQL has no NUL in a text.
            Self::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{FFFD}").to_sql(ty, out)
            }
            Self::Text(text) => text.as_ref().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Error> {
        Ok(match *ty {
            Type::BOOL => Cell::Integer(bool::from_sql(ty, raw)?.into()),
            Type::INT4 => Cell::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Cell::Integer(i64::from_sql(ty, raw)?),
            _ => Cell::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Error> {
        Ok(Cell::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::BOOL | Type::INT4 | Type::INT8) || <&str as FromSql<'_>>::accepts(ty)
    }
}

const WHAT_GOES_ON: &str =
    "nodes go on with what is published, and journals wait; try again when the server is back";

/// How long an answer may take: the impact of a draft on a busy day is the longest.
const PATIENCE: Duration = Duration::from_secs(60);

/// Changes that travel together; each is a future that is polled whenever an answer comes.
const PENDING_MAX: usize = 64;

const STATEMENTS_MAX: usize = 64;
