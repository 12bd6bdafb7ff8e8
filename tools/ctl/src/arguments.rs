//! The command line.

mod examples;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::again::Again;
use crate::bookings::{CarrierVerbs, MoneyVerbs};
use crate::client::{Answer, Client, Place};
use crate::closed::{CdrVerbs, ClosedVerbs};
use crate::columns;
use crate::fields::{
    AccountFields, ConnectionFields, CustomerFields, EnvironmentFields, ListFields, PolicyFields,
    ProductFields,
};
use crate::live::Wish;
use crate::nouns::Verbs;
use crate::numbers::NumberVerbs;
use crate::reasons::Imagined;
use crate::sheets::TariffVerbs;
use crate::shell::Shell;
use crate::tables::TableVerbs;
use crate::tokens::TokenVerbs;
use crate::trouble::{Trouble, USAGE};
use crate::writing::{self, Column, Output};
use crate::{capture, contexts, doctor, files, flow, live, papers, past, reasons, shape, top};

use examples::{CAPTURE_EXAMPLES, COMPLETION_EXAMPLES, DOCTOR_EXAMPLES, EXAMPLES, SHELL_EXAMPLES};

/// Runs Signalbox: environments, carriers, routes and money.
///
/// Changes gather in your draft and are live after `signalbox commit`.
#[derive(Debug, Parser)]
#[command(name = "signalbox", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "With every command")]
struct Global {
    /// The socket of signalbox-control
    #[arg(long, global = true, env = "SIGNALBOX_SOCKET", default_value = SOCKET)]
    socket: PathBuf,
    /// A site of contexts.toml, instead of the socket
    #[arg(long, global = true, env = "SIGNALBOX_CONTEXT", value_name = "NAME")]
    context: Option<String>,
    /// The environment; may be left out where there is only one
    #[arg(long, global = true, env = "SIGNALBOX_ENV", value_name = "NAME")]
    env: Option<String>,
    /// How to write
    #[arg(short, long, global = true, env = "SIGNALBOX_OUTPUT", value_enum, default_value_t)]
    output: Output,
    /// The same as -o json
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A world of accounts, carriers, connections and policies of its own
    #[command(subcommand)]
    Environment(Verbs<EnvironmentFields>),
    /// Who has a number and an app
    #[command(subcommand)]
    Account(Verbs<AccountFields>),
    /// Who sends by SMPP and pays
    #[command(subcommand)]
    Carrier(CarrierVerbs),
    /// Who stands above carriers and accounts
    #[command(subcommand)]
    Customer(Verbs<CustomerFields>),
    /// What an account is sold
    #[command(subcommand)]
    Product(Verbs<ProductFields>),
    /// The inventory of numbers: free, assigned, or resting since they were given back
    #[command(subcommand)]
    Number(NumberVerbs),
    /// A way out to an SMSC or another environment
    #[command(subcommand)]
    Connection(Verbs<ConnectionFields>),
    /// Numbers and senders that are blocked, or alone allowed
    #[command(subcommand)]
    List(Verbs<ListFields>),
    /// The rule that sends a pattern such as '222%' over connections
    #[command(subcommand)]
    Policy(Verbs<PolicyFields>),
    /// Rows that come as a file and are policies: ported numbers, an operator's prefixes
    #[command(subcommand)]
    Table(TableVerbs),
    /// What a number costs
    #[command(subcommand)]
    Tariff(TariffVerbs),
    /// Draft what a file says of an environment; `signalbox export` writes such files
    Apply {
        /// The file
        #[arg(short, long, required_unless_present = "schema")]
        file: Option<PathBuf>,
        /// Remove from the draft's environment what the file does not name
        #[arg(long)]
        prune: bool,
        /// Write what a file may say, as JSON Schema: for editors
        #[arg(long, conflicts_with_all = ["file", "prune"])]
        schema: bool,
    },
    /// Write an environment as a file, without its passwords
    Export,
    /// What your draft would change
    Diff {
        /// Exit with 8 if there is anything
        #[arg(long)]
        exit_code: bool,
        /// Ask the draft about every SMS of the last 24 hours: how many would go another way,
        /// and how much money would move
        #[arg(long, conflicts_with = "exit_code")]
        impact: bool,
        /// The first instant for --impact, such as 2026-11-01T00:00:00Z
        #[arg(long, requires = "impact", value_name = "INSTANT")]
        from: Option<String>,
        /// The first instant that no longer counts
        #[arg(long, requires = "impact", value_name = "INSTANT")]
        to: Option<String>,
    },
    /// Check your draft, compile it, publish it, and wait until the shards obey it
    Commit {
        /// Why
        #[arg(short, long)]
        message: String,
        /// How many seconds to wait for the shards [default: 5]
        #[arg(long, value_name = "SECONDS")]
        wait_for: Option<u64>,
        /// Only check and compile
        #[arg(long)]
        dry_run: bool,
        /// Even if it looks like a mistake: all policies gone, every price 0, most accounts off
        #[arg(long)]
        force: bool,
        /// Take it back after so long unless it is confirmed: 30s, 10m, 1h
        #[arg(long, value_name = "TIME")]
        confirm: Option<String>,
        /// Do it then, such as 2026-11-30T02:00:00Z; the draft is put aside until then
        #[arg(long, value_name = "INSTANT",
            conflicts_with_all = ["confirm", "dry_run", "wait_for"])]
        at: Option<String>,
    },
    /// Keep the generation that would be taken back
    Confirm,
    /// The commits that wait for their time, the next one first
    Planned,
    /// Make a planned commit a draft again
    Cancel {
        /// Its number, as `signalbox planned` shows it
        id: u64,
    },
    /// A generation: who made it, when, from where, why, and what it changed
    Show {
        /// The generation
        generation: u64,
    },
    /// Make an older generation live again, under a new number
    Rollback {
        /// The generation to bring back
        generation: u64,
        /// Why
        #[arg(short, long)]
        message: String,
        /// How many seconds to wait for the shards [default: 5]
        #[arg(long, value_name = "SECONDS")]
        wait_for: Option<u64>,
        /// Only say what would be changed
        #[arg(long)]
        dry_run: bool,
        /// Even if it looks like a mistake: all policies gone, every price 0, most accounts off
        #[arg(long)]
        force: bool,
    },
    /// Forget your draft
    Discard,
    /// The generations, newest first
    History {
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Who may ask from afar
    #[command(subcommand)]
    Token(TokenVerbs),
    /// Nodes, shards, environments and drafts
    Status {
        #[command(flatten)]
        again: Again,
    },
    /// How it goes right now, on a full screen: `/` searches, `s` sorts, `q` leaves
    Top {
        /// Look again so often
        #[arg(long, value_name = "SECONDS", default_value_t = 1,
            value_parser = clap::value_parser!(u64).range(1..=60))]
        every: u64,
    },
    /// Take commands one a line, with history and completion; or from a file, up to the first that
    /// fails
    #[command(after_help = SHELL_EXAMPLES)]
    Shell,
    /// Write what completes commands in a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the description of control's HTTP interface, OpenAPI 3.1
    Api,
    /// Write the man pages into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// Who is registered where
    Registrations {
        /// Only this account
        user: Option<String>,
        #[command(flatten)]
        again: Again,
    },
    /// SMPP links, in and out
    Binds {
        #[command(flatten)]
        again: Again,
    },
    /// What peers really do
    #[command(subcommand)]
    Bind(BindVerbs),
    /// Where a number leads
    #[command(subcommand)]
    Route(RouteVerbs),
    /// Why an Sms went where it went, and what happened to it
    Why {
        /// Its message id
        #[arg(value_name = "MESSAGE-ID")]
        id: String,
    },
    /// Write what passes into a file that Wireshark and tshark open; texts are in it
    #[command(after_help = CAPTURE_EXAMPLES)]
    Capture {
        #[command(flatten)]
        wish: capture::Wish,
        /// The file
        #[arg(short, long, value_name = "FILE")]
        write: PathBuf,
    },
    /// Wait for SMS and draw how each goes, across SMPP and SIP, up to its receipt
    #[command(after_help = CAPTURE_EXAMPLES)]
    Trace {
        #[command(flatten)]
        wish: capture::Wish,
    },
    #[command(flatten)]
    Money(MoneyVerbs),
    /// Call detail records
    #[command(subcommand)]
    Cdr(CdrVerbs),
    #[command(flatten)]
    Closed(ClosedVerbs),
    /// Have the journals read now; control does so by itself a few times a second
    Harvest {
        /// Come back when everything journaled so far is in the store
        #[arg(long)]
        wait: bool,
    },
}

#[derive(Debug, Subcommand)]
enum RouteVerbs {
    /// Ask the draft and the live plan what becomes of an Sms, and why; nothing is sent
    Test(Imagined),
}

#[derive(Debug, Subcommand)]
enum BindVerbs {
    /// Compare what a carrier or a connection really does with what is set for it
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor {
        /// The carrier or the connection
        name: String,
        /// Which of the two, if both have the name
        #[arg(long, value_parser = ["carrier", "connection"])]
        kind: Option<String>,
        /// Look again every so often and tell what changed, until Ctrl-C
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5",
            value_parser = clap::value_parser!(u64).range(1..=3600))]
        watch: Option<u64>,
    },
}

/// What every command works with.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) env: Option<String>,
    pub(crate) output: Output,
}

impl Session {
    /// The environment for a request; empty lets control choose the only one.
    pub(crate) fn env(&self) -> &str {
        self.env.as_deref().unwrap_or_default()
    }

    /// Writes an answer that is a list.
    pub(crate) fn rows(&self, answer: &Answer, columns: &[Column]) -> Result<ExitCode, Trouble> {
        if self.output == Output::Json {
            answer.print();
        } else {
            writing::rows(self.output, columns, &answer.read::<Vec<Value>>()?);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Arguments {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<ExitCode, Trouble> {
        let Global { socket, context, env, output, json } = self.global;
        let output = if json { Output::Json } else { output };
        let (place, usual) = match &context {
            Some(name) => contexts::find(name)?,
            None => (Place::Socket(socket.clone()), None),
        };
        let session = &Session { client: Client::new(place), env: env.or(usual), output };
        match self.command {
            Command::Shell => {
                let env = session.env.clone();
                Shell { session, socket, context, env }.run()
            }
            command => command.run(session),
        }
    }
}

impl Command {
    fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Environment(verbs) => verbs.run(session, "environment", columns::ENVIRONMENTS),
            Self::Account(verbs) => verbs.run(session, "account", columns::ACCOUNTS),
            Self::Customer(verbs) => verbs.run(session, "customer", columns::CUSTOMERS),
            Self::Product(verbs) => verbs.run(session, "product", columns::PRODUCTS),
            Self::Number(verbs) => verbs.run(session),
            Self::Carrier(verbs) => verbs.run(session),
            Self::Connection(verbs) => verbs.run(session, "connection", columns::CONNECTIONS),
            Self::List(verbs) => verbs.run(session, "list", columns::LISTS),
            Self::Policy(verbs) => verbs.run(session, "policy", columns::POLICIES),
            Self::Table(verbs) => verbs.run(session),
            Self::Tariff(verbs) => verbs.run(session),
            Self::Apply { file: Some(file), prune, .. } => files::apply(session, &file, prune),
            Self::Apply { file: None, .. } => shape::print(),
            Self::Export => files::export(session),
            Self::Diff { impact: true, from, to, .. } => {
                reasons::impact(session, from.as_deref(), to.as_deref())
            }
            Self::Diff { exit_code, .. } => live::diff(session, exit_code),
            Self::Commit { message, wait_for, dry_run, force, confirm, at } => live::commit(
                session,
                &Wish { message, wait_s: wait_for, dry_run, force, confirm, at },
            ),
            Self::Confirm => flow::confirm(session),
            Self::Planned => flow::planned(session),
            Self::Cancel { id } => flow::cancel(session, id),
            Self::Show { generation } => flow::show(session, generation),
            Self::Rollback { generation, message, wait_for, dry_run, force } => {
                let (confirm, at) = (None, None);
                let wish = Wish { message, wait_s: wait_for, dry_run, force, confirm, at };
                live::roll_back(session, generation, &wish)
            }
            Self::Token(verbs) => verbs.run(session),
            Self::Discard => live::discard(session),
            Self::History { limit } => flow::history(session, limit),
            Self::Status { again } => again.look(|| live::status(session)),
            Self::Shell => Err(Trouble::new(USAGE, "this is the shell")),
            Self::Top { every } => top::top(session, Duration::from_secs(every)),
            Self::Completions { shell } => papers::completions(shell),
            Self::Api => papers::api(session),
            Self::Man { folder } => papers::man(&folder),
            Self::Route(RouteVerbs::Test(sms)) => reasons::route_test(session, &sms),
            Self::Why { id } => reasons::why(session, &id),
            Self::Capture { wish, write } => capture::write(session, &wish, &write),
            Self::Trace { wish } => capture::trace(session, &wish),
            Self::Registrations { user, again } => {
                again.look(|| past::registrations(session, user.as_deref()))
            }
            Self::Binds { again } => again.look(|| past::binds(session)),
            Self::Bind(BindVerbs::Doctor { name, kind, watch }) => {
                doctor::examine(session, &name, kind.as_deref(), watch)
            }
            Self::Money(verbs) => verbs.run(session),
            Self::Cdr(verbs) => verbs.run(session),
            Self::Closed(verbs) => verbs.run(session),
            Self::Harvest { wait } => past::harvest(session, wait),
        }
    }
}

const SOCKET: &str = "/run/signalbox/control.sock";
