//! Where an Sms would go, why, and what it would cost: asked of the very octets shards obey, by
//! the code with which shards ask.

mod outlook;
mod rows;
mod words;

use routing::snapshot::Snapshot;
use routing::{
    Address, ArchivedCarrier, ArchivedEnvironment, Charge, Decision, Explanation, Number, Refusal,
    Side, rewrite,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apply::missing;
use crate::clock;
use crate::compile::snapshot;
use crate::fault::{Fault, Outcome};
use crate::model::{Instant, Key, Kind, Model};
use crate::money;
use crate::tables::Tables;
use crate::watch::NodeView;

use outlook::Boards;
pub use rows::Source;

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Question {
    /// In which environment.
    pub env: String,
    /// Who sends: a carrier or an account; nobody in particular if it is missing.
    pub from: Option<String>,
    /// The called number.
    pub number: String,
    /// The calling address; an account's own number, or nothing, if it is missing.
    pub source: Option<String>,
    /// The called domain, if it is not the environment's own.
    pub domain: Option<String>,
    /// When, RFC 3339; now if it is missing.
    pub at: Option<String>,
}

/// The answers of the draft and of the live plan.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Explained {
    /// The called number in plain digits.
    pub number: String,
    /// What the draft would do.
    pub draft: Answer,
    /// What is done now.
    pub live: Answer,
    /// Would the draft change anything?
    pub changes: bool,
}

/// What becomes of the Sms.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Answer {
    /// `local`, `vendor` or `reject`.
    pub decision: &'static str,
    /// The account it goes to.
    pub account: Option<String>,
    /// The policy that decided.
    pub policy: Option<String>,
    /// Its pattern.
    pub pattern: Option<String>,
    /// The row that decided, and its line, if the pattern is the name of a table.
    pub row: Option<String>,
    /// The connection it would take.
    pub connection: Option<String>,
    /// All connections of the policy, in the order in which they are tried.
    pub connections: Vec<String>,
    /// The shadow policy that would have taken it.
    pub shadow: Option<String>,
    /// The command_status a carrier would hear if it is refused.
    pub refused: Option<u32>,
    /// The price of one unit in millionths, if the sender pays.
    pub price_micros: Option<i64>,
    /// The tariff that says so.
    pub tariff: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// The prefix that gave the price.
    pub prefix: Option<String>,
    /// What the carrier's rules made of the calling and the called address.
    pub rewritten: Vec<String>,
    /// Every rule that was considered, in its order, and what became of it.
    pub considered: Vec<Considered>,
    /// All of it in a line.
    pub words: String,
}

/// A rule that was considered.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Considered {
    /// The rule: `policy '222%'`, or a way of it: `connection env2`.
    pub rule: String,
    /// What became of it.
    pub fate: String,
}

impl Answer {
    /// Where it goes, in two words: equal for what goes the same way.
    pub fn way(&self) -> String {
        match (&self.account, &self.connection, self.refused) {
            (_, _, Some(status)) => format!("refused 0x{status:02X}"),
            (Some(account), None, None) => format!("account {account}"),
            (None, Some(connection), None) => format!("connection {connection}"),
            _ => "nowhere".to_owned(),
        }
    }
}

/// Answers a question on the draft and on what is live.
pub fn explain(
    (draft, live): (&Model, &Model),
    tables: &Tables,
    boards: &[NodeView],
    question: &Question,
) -> Outcome<Explained> {
    let number = number_of(&question.number)?;
    let environment = Key::environment(&question.env);
    if draft.get(&environment).is_none() && live.get(&environment).is_none() {
        return Err(missing(draft, &environment));
    }
    if let Some(from) = &question.from {
        let known = |model: &Model, kind| model.get(&Key::new(kind, &question.env, from)).is_some();
        let somewhere = [draft, live]
            .into_iter()
            .any(|model| known(model, Kind::Carrier) || known(model, Kind::Account));
        if !somewhere {
            return Err(missing(draft, &Key::new(Kind::Carrier, &question.env, from)));
        }
    }
    let ask = |model| {
        answer(&snapshot(model, tables, 0)?, Some(Source { model, tables }), boards, question)
    };
    let told = ask(draft)?;
    let live = if draft == live { told.clone() } else { ask(live)? };
    let draft = told;
    let changes = draft != live;
    Ok(Explained { number: number.to_string(), draft, live, changes })
}

/// Answers a question on one plan; which row of a table won is said if the plan's source is there.
pub fn answer(
    snapshot: &Snapshot,
    source: Option<Source<'_>>,
    boards: &[NodeView],
    question: &Question,
) -> Outcome<Answer> {
    let Some(environment) = snapshot.plan().environment(&question.env) else {
        let words = format!("no environment {}", question.env);
        return Ok(refused(words, Refusal::NotReady));
    };
    let carrier = question
        .from
        .as_ref()
        .and_then(|from| environment.carriers.iter().find(|carrier| carrier.name == *from));
    let asked = Asked::of(environment, carrier, question)?;
    let at_ns = at_ns(question)?;
    let rated = routing::Asked { number: asked.number, calling: &asked.source, at_ns };
    let charge = carrier.map(|carrier| price(environment, carrier, &rated));
    let sale = match &charge {
        Some(Ok(charge)) if charge.tariff != 0 => {
            environment.tariff(charge.tariff).map(|tariff| (*charge, tariff.currency.as_str()))
        }
        _ => None,
    };
    let domain = question.domain.as_deref().map(str::to_ascii_lowercase);
    let own = |domain: &&str| !environment.domain.eq_ignore_ascii_case(domain);
    let decision = routing::Question {
        carrier: carrier.map(|carrier| carrier.id.to_native()),
        source: asked.source,
        domain: domain.as_deref().filter(own),
        at_ns,
        sale,
        ..routing::Question::plain(asked.number, 0)
    };
    let boards = Boards { environment, views: boards };
    let explanation = environment.explain(snapshot.tables(), &decision, &boards, POLICIES_SHOWN);
    let row = match (source, explanation.choice.policy()) {
        (Some(source), Some(policy)) => {
            source.won(&question.env, policy.known_as(), asked.number)?
        }
        (_, _) => None,
    };
    let row = row.map(|row| row.to_string());
    let who = (question.env.as_str(), asked.number, row.as_deref());
    let mut answer = told(environment, &explanation, &boards, who);
    answer.row = row;
    answer.rewritten = asked.rewritten;
    answer.considered = words::considered(environment, &explanation);
    answer.shadow = explanation.choice.shadow.map(|shadow| shadow.known_as().to_owned());
    if answer.refused.is_none() {
        priced(&mut answer, environment, question, charge);
    }
    Ok(answer)
}

/// The addresses as the rules of the carrier leave them.
struct Asked {
    source: Address,
    number: Number,
    rewritten: Vec<String>,
}

impl Asked {
    fn of(
        environment: &ArchivedEnvironment,
        carrier: Option<&ArchivedCarrier>,
        question: &Question,
    ) -> Outcome<Self> {
        let account = question.from.as_ref().and_then(|from| environment.account_by_user(from));
        let own =
            account.and_then(|account| Number::from_packed(account.numbers.first()?.to_native()));
        let said = question.source.clone().or_else(|| own.map(|number| number.to_string()));
        let source = address(&said.unwrap_or_default())?;
        let called = address(&question.number)?;
        let rules = carrier.map(|carrier| &carrier.contract.rewrites);
        let change = |side, address| rules.and_then(|rules| rewrite(rules, side, address));
        let new_source = change(Side::Calling, &source);
        let new_called = change(Side::Called, &called);
        let said = |what: &str, old: &Address, new: &Option<Address>| {
            new.as_ref().map(|new| format!("{what} {} becomes {}", shown(old), shown(new)))
        };
        let rewritten =
            [said("caller", &source, &new_source), said("number", &called, &new_called)];
        let called = new_called.unwrap_or(called);
        let number = Number::normalise(called.ton, called.as_bytes())
            .map_err(|error| Fault::invalid(format!("number '{}': {error}", shown(&called))))?;
        let source = new_source.unwrap_or(source);
        Ok(Self { source, number, rewritten: rewritten.into_iter().flatten().collect() })
    }
}

fn shown(address: &Address) -> String {
    String::from_utf8_lossy(address.as_bytes()).into_owned()
}

/// Digits are meant as an international number, anything else as a name (SMPP 3.4 §5.2.5).
fn address(text: &str) -> Outcome<Address> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let digits = plain.bytes().all(|octet| octet.is_ascii_digit());
    let (ton, npi) = if digits { (INTERNATIONAL, 1) } else { (ALPHANUMERIC, 0) };
    Address::new(ton, npi, plain.as_bytes())
        .ok_or_else(|| Fault::invalid(format!("'{text}' is no address: it is too long")))
}

/// The number as it is called, before anybody rewrites it.
fn number_of(text: &str) -> Outcome<Number> {
    Number::normalise(INTERNATIONAL, text.as_bytes())
        .map_err(|error| Fault::invalid(format!("number '{text}': {error}")))
}

fn at_ns(question: &Question) -> Outcome<u64> {
    match &question.at {
        Some(at) => at.parse::<Instant>().map(|at| at.0).map_err(Fault::invalid),
        None => Ok(clock::unix_ns()),
    }
}

/// The headline.
fn told(
    environment: &ArchivedEnvironment,
    explanation: &Explanation<'_>,
    boards: &Boards<'_>,
    (env, number, row): (&str, Number, Option<&str>),
) -> Answer {
    let (policy, connection) = match explanation.choice.decision {
        Decision::Account(account) => {
            let user = environment.account(account).map(|account| account.user.to_string());
            let user = user.unwrap_or_default();
            let words = format!("local account {user} of {env}, policies not consulted");
            return Answer { decision: "local", account: Some(user), words, ..Answer::default() };
        }
        Decision::Refused { refusal, policy: None } => {
            let account = environment.account_by_number(number);
            return words::unrouted(environment, explanation, account, refusal, env);
        }
        Decision::Connection { policy, connection, .. } => (policy, Ok(connection)),
        Decision::Refused { refusal, policy: Some(policy) } => (policy, Err(refusal)),
    };
    let name = policy.known_as().to_owned();
    let tried = explanation.ways.iter().filter_map(|(way, _)| {
        let id = words::connection(policy, *way)?;
        Some((environment.connection(id)?.name.to_string(), boards.words(id)))
    });
    let tried: Vec<(String, String)> = tried.collect();
    let list: Vec<String> = tried.iter().map(|(name, how)| format!("{name} ({how})")).collect();
    let common = Answer {
        policy: Some(name.clone()),
        pattern: Some(policy.pattern.to_string()),
        connections: tried.into_iter().map(|(name, _)| name).collect(),
        ..Answer::default()
    };
    let row = row.map_or_else(String::new, |row| format!(" by {row}"));
    let begun = format!("no account in {env} -> policy '{name}'{row}");
    match connection {
        Ok(connection) => Answer {
            decision: "vendor",
            connection: Some(connection.name.to_string()),
            words: format!("{begun} -> connection {}", list.join(", else ")),
            ..common
        },
        Err(refusal) => {
            let ways =
                if list.is_empty() { String::new() } else { format!(" -> {}", list.join(", ")) };
            let said = refused(format!("{begun}{ways} -> {}", refusal.words()), refusal);
            Answer { policy: common.policy, pattern: common.pattern, ..said }
        }
    }
}

/// What one unit costs the carrier; nothing without a tariff.
fn price(
    environment: &ArchivedEnvironment,
    carrier: &ArchivedCarrier,
    asked: &routing::Asked<'_>,
) -> Result<Charge, Refusal> {
    let Some(tariff) = carrier.tariff.as_ref() else { return Ok(Charge::default()) };
    let tariff = environment.tariff(tariff.to_native()).ok_or(Refusal::NoPrice)?;
    tariff.charge(asked, 1).ok_or(Refusal::NoPrice)
}

fn priced(
    answer: &mut Answer,
    environment: &ArchivedEnvironment,
    question: &Question,
    charge: Option<Result<Charge, Refusal>>,
) {
    let Some(from) = &question.from else { return };
    match charge {
        None => answer.words.push_str(match environment.account_by_user(from) {
            Some(_) => "  free of charge",
            None => "  (the sender does not exist here)",
        }),
        Some(Ok(Charge { tariff: 0, .. })) => answer.words.push_str("  free of charge"),
        Some(Ok(charge)) => {
            let Some(tariff) = environment.tariff(charge.tariff) else { return };
            let prefix = charge.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
            let shown = if prefix.is_empty() { "*" } else { &prefix };
            let since = match charge.since_ns {
                0 => String::new(),
                since_ns => format!(" since {}", clock::rfc3339(since_ns, 0)),
            };
            answer.words.push_str(&format!(
                "  1 unit  {} '{shown}' {} {}{since}",
                tariff.name,
                money::price(charge.price_micros),
                tariff.currency
            ));
            answer.price_micros = Some(charge.price_micros);
            answer.tariff = Some(tariff.name.to_string());
            answer.currency = Some(tariff.currency.to_string());
            answer.prefix = Some(prefix);
        }
        Some(Err(_)) => {
            let carrier = environment.carriers.iter().find(|carrier| carrier.name == *from);
            let tariff = carrier
                .and_then(|carrier| environment.tariff(carrier.tariff.as_ref()?.to_native()));
            let tariff = tariff.map_or("its tariff", |tariff| tariff.name.as_str());
            let words = format!("{} -> {tariff} has no price", answer.words);
            let Answer { refused, decision, words, .. } = refused(words, Refusal::NoPrice);
            (answer.refused, answer.decision, answer.words) = (refused, decision, words);
        }
    }
}

fn refused(words: String, refusal: Refusal) -> Answer {
    let code = refusal.smpp();
    Answer {
        decision: "reject",
        refused: Some(code),
        words: format!("{words} -> refused 0x{code:02X}"),
        ..Answer::default()
    }
}

/// How many policies an answer names at most.
const POLICIES_SHOWN: usize = 20;

const INTERNATIONAL: u8 = 1;
const ALPHANUMERIC: u8 = 5;

#[cfg(test)]
mod tests;
