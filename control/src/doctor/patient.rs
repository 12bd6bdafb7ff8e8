//! Who is examined: its settings and what was seen of it.

use routing::board::{LinkRole, Sight};

use crate::fault::{Fault, Outcome, nearest};
use crate::model::{Carrier, Connection, Dialect, Key, Kind, Model};
use crate::watch::NodeView;

/// A carrier or a connection with what was seen of it.
#[derive(Clone, Debug)]
pub struct Patient {
    /// Its key.
    pub key: Key,
    /// Its settings, as they are live.
    pub subject: Subject,
    /// What the shards saw, added up.
    pub sight: Sight,
    /// How many links it has now.
    pub links: usize,
}

/// The settings of who is examined.
#[derive(Clone, Debug)]
pub enum Subject {
    /// It binds to us.
    Carrier(Carrier),
    /// We bind to it.
    Connection(Connection),
}

impl Patient {
    /// Looks a peer up and adds up what all shards saw of it.
    pub fn find(
        live: &Model,
        views: &[NodeView],
        env: &str,
        name: &str,
        kind: Option<Kind>,
    ) -> Outcome<Self> {
        let (key, id, subject) = look_up(live, env, name, kind)?;
        let environment = live.get(&Key::environment(env)).map_or(0, |entry| entry.id);
        let role = match &subject {
            Subject::Carrier(_) => LinkRole::Carrier,
            Subject::Connection(_) => LinkRole::Connection,
        };
        let mut patient = Self { key, subject, sight: Sight::default(), links: 0 };
        for page in views.iter().filter(|view| view.is_up()).flat_map(|view| &view.pages) {
            let whose = (role, environment, id);
            let seen = page.observations.iter();
            seen.filter(|seen| (seen.role, seen.environment, seen.subject) == whose)
                .for_each(|seen| patient.sight.absorb(&seen.sight));
            let bound = page.links.iter().filter(|link| {
                (link.role, link.environment, link.subject) == whose && link.state.is_bound()
            });
            patient.links += bound.count();
        }
        Ok(patient)
    }

    /// How it is set to speak.
    pub fn dialect(&self) -> &Dialect {
        match &self.subject {
            Subject::Carrier(carrier) => &carrier.dialect,
            Subject::Connection(connection) => &connection.dialect,
        }
    }

    /// The connection that is examined, if it is one.
    pub fn connection(&self) -> Option<&Connection> {
        match &self.subject {
            Subject::Connection(connection) => Some(connection),
            Subject::Carrier(_) => None,
        }
    }

    /// The carrier that is examined, if it is one.
    pub fn carrier(&self) -> Option<&Carrier> {
        match &self.subject {
            Subject::Carrier(carrier) => Some(carrier),
            Subject::Connection(_) => None,
        }
    }

    /// The command that sets something of it.
    pub fn set(&self, option: &str) -> String {
        let Key { kind, env, name } = &self.key;
        format!("signalbox {} set {name} --env {env} {option}", kind.word())
    }
}

fn look_up(
    live: &Model,
    env: &str,
    name: &str,
    kind: Option<Kind>,
) -> Outcome<(Key, u32, Subject)> {
    let wanted = |one: Kind| kind.is_none_or(|kind| kind == one);
    let carrier = live.carriers(env).find(|(known, ..)| *known == name);
    let connection = live.connections(env).find(|(known, ..)| *known == name);
    match (
        carrier.filter(|_| wanted(Kind::Carrier)),
        connection.filter(|_| wanted(Kind::Connection)),
    ) {
        (Some(_), Some(_)) => Err(Fault::new(
            crate::fault::Code::Usage,
            format!("{env} has a carrier and a connection {name}"),
        )
        .cure("say which: --kind carrier or --kind connection")),
        (Some((_, entry, carrier)), None) => {
            Ok((Key::new(Kind::Carrier, env, name), entry.id, Subject::Carrier(carrier.clone())))
        }
        (None, Some((_, entry, connection))) => Ok((
            Key::new(Kind::Connection, env, name),
            entry.id,
            Subject::Connection(connection.clone()),
        )),
        (None, None) => {
            let carriers = live.carriers(env).map(|(known, ..)| known);
            let connections = live.connections(env).map(|(known, ..)| known);
            let error = format!("no carrier and no connection {name} of {env} is live");
            let fault = Fault::not_found(error);
            Err(match nearest(name, carriers.chain(connections)) {
                Some(near) => fault.cure(format!("did you mean {near}?")),
                None => fault.cure("see: signalbox carrier list, signalbox connection list"),
            })
        }
    }
}
