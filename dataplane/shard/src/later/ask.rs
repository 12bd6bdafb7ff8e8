//! A question and its way round the shards.

use routing::journal::Final;
use routing::{Address, Sms};
use smpp::{MessageState, Status};

use crate::attic::Errand;
use crate::input::ShardId;
use crate::later::Change;
use crate::mail::Mail;
use crate::promises::Promise;
use crate::shard::Shard;
use crate::spelling::Meant;

/// A question of a carrier about what it has submitted.
#[derive(Debug)]
pub struct Ask {
    /// Whom to answer, at `home`.
    pub(crate) ticket: u64,
    /// The shard that took it in.
    pub(crate) home: ShardId,
    pub(crate) asker: Asker,
    pub(crate) about: About,
    pub(crate) what: What,
    /// How many shards have had it.
    pub(crate) visited: u16,
    /// What they found.
    pub(crate) found: Found,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) environment: u32,
    pub(crate) carrier: u32,
    /// The calling address, which must be that of the Sms.
    pub(crate) source: Address,
}

/// Which Sms is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About {
    /// What the submit_sm_resp or submit_multi_resp called so; of the latter, only what goes
    /// to this address, if it is given.
    Named { meant: Meant, destination: Option<Address> },
    /// All to this address, of this service if one is given.
    Alike { destination: Address, service_type: Option<[u8; 5]> },
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum What {
    Query,
    Cancel,
    Replace(Box<Change>),
}

/// What the shards found so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// How it stands; of several, the one that is furthest from success.
    pub(crate) state: Option<Standing>,
    /// What was asked for has a name of its own: there is no more of it elsewhere.
    pub(crate) whole: bool,
    /// For how many it was done.
    pub(crate) done: u32,
    /// How many are the asker's, but final, under way, or under another address.
    pub(crate) refused: u32,
}

/// How an Sms stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    pub(crate) state: MessageState,
    /// When it became final, Unix nanoseconds.
    pub(crate) at_ns: u64,
    pub(crate) code: u32,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Told {
    /// It stands so.
    Standing(Standing),
    /// It is done.
    Done,
    /// Not known, not the asker's, or too late.
    No(Status),
}

impl Asker {
    /// Was this the end of one that the asker submitted?
    pub(crate) fn sent_ended(&self, ended: &Final) -> bool {
        (ended.environment, ended.carrier) == (self.environment, self.carrier)
    }

    /// Did the asker submit it?
    pub(crate) fn sent(&self, sms: &Sms) -> bool {
        sms.environment == self.environment && sms.carrier() == Some(self.carrier)
    }
}

impl Ask {
    /// Is this what it is about, the calling address apart?
    pub(crate) fn means(&self, sms: &Sms) -> bool {
        self.asker.sent(sms)
            && match self.about {
                About::Named { meant, .. } => meant.is(sms.told()),
                About::Alike { destination, service_type } => {
                    agree(&destination, &sms.destination)
                        && service_type.is_none_or(|asked| asked == sms.service_type)
                }
            }
    }

    /// Do the addresses that it gives agree with those of the Sms?
    pub(crate) fn agrees(&self, sms: &Sms) -> bool {
        let destination = match self.about {
            About::Named { destination, .. } => destination,
            About::Alike { .. } => None,
        };
        agree(&self.asker.source, &sms.source)
            && destination.is_none_or(|destination| agree(&destination, &sms.destination))
    }

    /// What the asker is told when every shard that may know has been asked.
    fn told(&self) -> Told {
        let failed = match self.what {
            What::Query => Status::RQUERYFAIL,
            What::Cancel => Status::RCANCELFAIL,
            What::Replace(_) => Status::RREPLACEFAIL,
        };
        match (self.found.state, self.about) {
            (Some(standing), _) => Told::Standing(standing),
            (None, _) if self.found.done > 0 => Told::Done,
            (None, _) if self.found.refused > 0 => Told::No(failed),
            (None, About::Named { .. }) => Told::No(Status::RINVMSGID),
            (None, About::Alike { .. }) => Told::No(failed),
        }
    }
}

impl Shard {
    /// A question of a carrier here: it begins at the shard that the id names.
    pub(crate) fn ask(&mut self, ask: Box<Ask>) {
        let first = match ask.about {
            // Our own spelling names the shard; others do not.
            About::Named { meant, .. } if meant.first == meant.last => {
                ShardId(meant.first.shard() % self.config.shards)
            }
            About::Named { .. } | About::Alike { .. } => self.config.shard,
        };
        self.ask_at(first, ask);
    }

    fn ask_at(&mut self, shard: ShardId, ask: Box<Ask>) {
        if shard == self.config.shard {
            self.handle_ask(ask);
        } else {
            self.out.post(shard, Mail::Ask(ask));
        }
    }

    /// A question that this shard may know the answer to.
    pub(crate) fn handle_ask(&mut self, mut ask: Box<Ask>) {
        if let About::Named { meant, .. } = ask.about
            && let Some(id) = self.attic.meant(meant)
        {
            return self.fetch_for(id, Errand::Ask(ask));
        }
        ask.visited += 1;
        if self.promises.broken {
            return self.tell(&ask, Told::No(Status::RSYSERR));
        }
        match (&ask.what, ask.about) {
            (What::Query, _) => self.query(&mut ask),
            (What::Cancel, About::Named { meant, .. }) => self.cancel_named(&mut ask, meant),
            (What::Cancel, About::Alike { .. }) => return self.begin_sweep(ask),
            (What::Replace(_), _) => self.replace(&mut ask),
        }
        self.asked(ask);
    }

    /// Of what has ended nothing can be changed any more.
    pub(crate) fn refuse_ended(&self, ask: &mut Ask, meant: Meant) {
        let asker = ask.asker;
        for ended in self.finals.meant(meant).filter(|ended| asker.sent_ended(ended)) {
            ask.found.refused += 1;
            ask.found.whole |= ended.told == ended.id && agree(&asker.source, &ended.source);
        }
    }

    /// What was found or done here is told, or asked elsewhere, when it is durable.
    pub(crate) fn asked(&mut self, ask: Box<Ask>) {
        self.promises.keep(Promise::Asked(ask));
    }

    /// It is durable.
    pub(crate) fn continue_ask(&mut self, ask: Box<Ask>) {
        // While an Sms moves to another owner, the question may pass it by: it goes round again.
        let found = ask.found.state.is_some() || ask.found.done > 0 || ask.found.refused > 0;
        let rounds = match ask.about {
            About::Named { .. } if !found => 2,
            About::Named { .. } | About::Alike { .. } => 1,
        };
        if ask.found.whole || ask.visited >= rounds * u16::from(self.config.shards) {
            return self.tell(&ask, ask.told());
        }
        let next = ShardId((self.config.shard.0 + 1) % self.config.shards);
        self.ask_at(next, ask);
    }

    /// Tells the shard that took the question in.
    pub(crate) fn tell(&mut self, ask: &Ask, told: Told) {
        if ask.home == self.config.shard {
            self.handle_told(ask.ticket, told);
        } else {
            self.out.post(ask.home, Mail::Told { ticket: ask.ticket, told });
        }
    }
}

/// The same characters; TON and NPI must agree too, unless the asker leaves them open.
pub(crate) fn agree(asked: &Address, known: &Address) -> bool {
    let open = asked.ton == 0 && asked.npi == 0;
    let plane = open || (asked.ton, asked.npi) == (known.ton, known.npi);
    plane && asked.as_bytes() == known.as_bytes()
}
