//! What became of each rule, in words.

use routing::{
    ArchivedAccount, ArchivedEnvironment, ArchivedExit, ArchivedPolicy, ArchivedSide, Explanation,
    Fate, Refusal, Standing, WayFate,
};

use super::{Answer, Considered, refused};
use crate::money;

/// The connection of a way, if it leads over one.
pub(super) fn connection(policy: &ArchivedPolicy, way: usize) -> Option<u32> {
    match &policy.ways.get(way)?.to {
        ArchivedExit::Connection(id) => Some(id.to_native()),
        ArchivedExit::Refuse(_) => None,
    }
}

/// The headline of what no policy decided.
pub(super) fn unrouted(
    environment: &ArchivedEnvironment,
    explanation: &Explanation<'_>,
    account: Option<&ArchivedAccount>,
    refusal: Refusal,
    env: &str,
) -> Answer {
    if let Some((list, side)) = explanation.barring {
        let whom = party(side);
        return refused(
            format!("list {} holds {whom} back", list_name(environment, list)),
            refusal,
        );
    }
    match account {
        Some(account) => Answer {
            account: Some(account.user.to_string()),
            ..refused(format!("local account {} of {env} without messaging", account.user), refusal)
        },
        None => refused(format!("no account in {env} -> no policy matches"), refusal),
    }
}

/// Every policy whose pattern matches, and the ways of the one that decided.
pub(super) fn considered(
    environment: &ArchivedEnvironment,
    explanation: &Explanation<'_>,
) -> Vec<Considered> {
    let mut told = Vec::new();
    for one in &explanation.policies {
        let rule = format!("policy '{}' priority {}", one.policy.known_as(), one.policy.priority);
        told.push(Considered { rule, fate: fate(environment, one.policy, one.fate) });
        if one.fate != Fate::Taken {
            continue;
        }
        for (way, fate) in &explanation.ways {
            let over = connection(one.policy, *way).and_then(|id| environment.connection(id));
            let rule = match over {
                Some(connection) => format!("  connection {}", connection.name),
                None => "  refuse".to_owned(),
            };
            told.push(Considered { rule, fate: way_fate(*fate) });
        }
    }
    told
}

fn fate(environment: &ArchivedEnvironment, policy: &ArchivedPolicy, fate: Fate) -> String {
    let only = &policy.only;
    let source = only.source.as_ref().map_or("", |source| source.as_str());
    match fate {
        Fate::Taken => "decides".to_owned(),
        Fate::Shadow => "would decide, but is a shadow: it only counts".to_owned(),
        Fate::Source => format!("is for callers like {}", source),
        Fate::Domain => match only.domain.as_ref() {
            Some(domain) => format!("is for the domain {domain}"),
            None => "is for the environment's own domain".to_owned(),
        },
        Fate::Time => "does not count at this time".to_owned(),
        Fate::Screen(list) => format!("list {} holds it back", list_name(environment, list)),
        Fate::Later => "comes after".to_owned(),
    }
}

fn way_fate(fate: WayFate) -> String {
    match fate {
        WayFate::Taken => "taken".to_owned(),
        WayFate::Awaited => "not ready, waited for: no other way is ready".to_owned(),
        WayFate::Missing => "does not exist".to_owned(),
        WayFate::Disabled => "disabled".to_owned(),
        WayFate::Tried => "had it already".to_owned(),
        WayFate::Returns => "would take it back where it has been".to_owned(),
        WayFate::BelowCost { price, cost: Some(cost) } => {
            let (price, cost) = (money::price(price), money::price(cost));
            format!("below cost: sold at {price}, costs {cost} (--below-cost allows it)")
        }
        WayFate::BelowCost { price, cost: None } => {
            let price = money::price(price);
            format!("below cost: sold at {price}, and its cost is not known")
        }
        WayFate::Limit => "has all it may take in a second".to_owned(),
        WayFate::Standing(standing) => match standing {
            Standing::Ready => "ready".to_owned(),
            Standing::Down => "down".to_owned(),
            Standing::Full => "its queue is full".to_owned(),
            Standing::Throttled => "throttled by its peer".to_owned(),
        },
        WayFate::Later => "comes after".to_owned(),
    }
}

fn party(side: ArchivedSide) -> &'static str {
    match side {
        ArchivedSide::Calling => "the caller",
        ArchivedSide::Called => "the called number",
    }
}

fn list_name(environment: &ArchivedEnvironment, id: u32) -> String {
    environment.list(id).map_or_else(|| format!("#{id}"), |list| list.name.to_string())
}
