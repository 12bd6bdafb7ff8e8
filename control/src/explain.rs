//! Where a number would go and what it would cost: asked of the very octets shards obey.

use routing::snapshot::Snapshot;
use routing::{AllReady, ArchivedEnvironment, ArchivedPolicy, Decision, Number, Refusal, home};
use serde::{Deserialize, Serialize};

use crate::apply::missing;
use crate::clock;
use crate::compile::compile;
use crate::fault::{Fault, Outcome};
use crate::model::{Key, Kind, Model};
use crate::money;
use crate::watch::NodeView;

/// What is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// In which environment.
    pub env: String,
    /// Who sends: a carrier or an account; nobody in particular if it is missing.
    pub from: Option<String>,
    /// The called number.
    pub number: String,
}

/// The answers of the draft and of the live plan.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Answer {
    /// `local`, `vendor` or `reject`.
    pub decision: &'static str,
    /// The account it goes to.
    pub account: Option<String>,
    /// The pattern that matched.
    pub pattern: Option<String>,
    /// The connections, in the order in which they are tried.
    pub connections: Vec<String>,
    /// The command_status a carrier would hear if it is refused.
    pub refused: Option<u32>,
    /// The price of one unit in millionths, if the sender pays.
    pub price_micros: Option<i64>,
    /// The tariff that says so.
    pub tariff: Option<String>,
    /// The prefix that gave the price.
    pub prefix: Option<String>,
    /// All of it in words.
    pub words: String,
}

/// Answers a question on the draft and on what is live.
pub fn explain(
    draft: &Model,
    live: &Model,
    boards: &[NodeView],
    question: &Question,
) -> Outcome<Explained> {
    let number = Number::normalise(INTERNATIONAL, question.number.as_bytes())
        .map_err(|error| Fault::invalid(format!("number '{}': {error}", question.number)))?;
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
        let snapshot = Snapshot::of(&compile(model, 0, 0));
        answer(&snapshot, boards, question, number)
    };
    let (draft, live) = (ask(draft), ask(live));
    let changes = draft != live;
    Ok(Explained { number: number.to_string(), draft, live, changes })
}

fn answer(snapshot: &Snapshot, boards: &[NodeView], question: &Question, number: Number) -> Answer {
    let Some(environment) = snapshot.plan().environment(&question.env) else {
        return refused(format!("no environment {}", question.env), Refusal::NotReady);
    };
    let asked = routing::Question::plain(number, clock::unix_ns());
    let local = environment.account_by_number(number);
    let mut answer = match environment.choose(&asked, &AllReady, &mut ()).decision {
        Decision::Account(account) => Answer {
            decision: "local",
            account: Some(account.user.to_string()),
            words: format!(
                "local account {} of {}, policies not consulted",
                account.user, question.env
            ),
            ..Answer::default()
        },
        Decision::Connection { policy, .. } | Decision::Refused { policy: Some(policy), .. } => {
            over(environment, policy, boards, &question.env)
        }
        Decision::Refused { refusal, policy: None } => match local {
            Some(account) => Answer {
                account: Some(account.user.to_string()),
                ..refused(
                    format!("local account {} of {} without messaging", account.user, question.env),
                    refusal,
                )
            },
            None => {
                refused(format!("no account in {} -> no policy matches", question.env), refusal)
            }
        },
    };
    if answer.refused.is_none() {
        price(&mut answer, environment, question, number);
    }
    answer
}

fn over(
    environment: &ArchivedEnvironment,
    policy: &ArchivedPolicy,
    boards: &[NodeView],
    env: &str,
) -> Answer {
    let connections = policy.connections().filter_map(|id| {
        let connection = environment.connection(id)?;
        let how = if connection.enabled {
            standing(environment, connection.id.to_native(), boards)
        } else {
            DISABLED.to_owned()
        };
        Some((connection.name.to_string(), how))
    });
    let connections: Vec<(String, String)> = connections.collect();
    if connections.iter().all(|(_, how)| how == DISABLED) {
        let words = format!("no account in {env} -> policy '{}' -> all disabled", policy.pattern);
        return refused(words, Refusal::NoRoute);
    }
    let list: Vec<String> =
        connections.iter().map(|(name, how)| format!("{name} ({how})")).collect();
    Answer {
        decision: "vendor",
        pattern: Some(policy.pattern.to_string()),
        words: format!(
            "no account in {env} -> policy '{}' -> connection {}",
            policy.pattern,
            list.join(", else ")
        ),
        connections: connections.into_iter().map(|(name, _)| name).collect(),
        ..Answer::default()
    }
}

/// How a connection stands on the node that serves the environment.
fn standing(environment: &ArchivedEnvironment, id: u32, boards: &[NodeView]) -> String {
    use routing::board::{LinkRole, LinkState};
    for view in boards.iter().filter(|view| view.is_up()) {
        for page in &view.pages {
            let row = page.links.iter().find(|row| {
                row.role == LinkRole::Connection
                    && row.environment == environment.id
                    && row.subject == id
            });
            if let Some(row) = row {
                let state = match row.state {
                    LinkState::BoundTx | LinkState::BoundRx | LinkState::BoundTrx => "up",
                    LinkState::Open => "binding",
                    LinkState::Down => "down",
                };
                return format!("{state}, shard {}", page.shard);
            }
        }
    }
    let shards = boards.iter().find(|view| view.is_up()).map_or(0, NodeView::shards);
    match u8::try_from(shards) {
        Ok(0) | Err(_) => "not up".to_owned(),
        Ok(shards) => format!("not up, shard {}", home(id, shards)),
    }
}

fn price(
    answer: &mut Answer,
    environment: &ArchivedEnvironment,
    question: &Question,
    number: Number,
) {
    let Some(from) = &question.from else { return };
    let carrier = environment.carriers.iter().find(|carrier| carrier.name == *from);
    let Some(carrier) = carrier else {
        answer.words.push_str(match environment.account_by_user(from) {
            Some(_) => "  free of charge",
            None => "  (the sender does not exist here)",
        });
        return;
    };
    let tariff = carrier.tariff.as_ref().and_then(|id| environment.tariff(id.to_native()));
    let Some(tariff) = tariff else {
        answer.words.push_str("  free of charge");
        return;
    };
    match tariff.charge(number, 1) {
        Some(charge) => {
            let prefix = charge.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
            let shown = if prefix.is_empty() { "*" } else { &prefix };
            answer.words.push_str(&format!(
                "  1 unit  {} '{shown}' {} {}",
                tariff.name,
                money::price(charge.price_micros),
                tariff.currency
            ));
            answer.price_micros = Some(charge.price_micros);
            answer.tariff = Some(tariff.name.to_string());
            answer.prefix = Some(prefix);
        }
        None => {
            let words = format!("{} -> {} has no price", answer.words, tariff.name);
            *answer = Answer {
                account: answer.account.take(),
                pattern: answer.pattern.take(),
                ..refused(words, Refusal::NoPrice)
            };
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

const DISABLED: &str = "disabled";

/// A number on a command line is meant as an international one (SMPP 3.4 §5.2.5).
const INTERNATIONAL: u8 = 1;

#[cfg(test)]
mod tests;
