//! query_sm, cancel_sm and replace_sm of a carrier become questions, and the answers its
//! responses.

use routing::Address;
use smpp::pdu::{CancelSm, QuerySm, QuerySmResp, ReplaceSm, put_error};
use smpp::time::format_absolute;
use smpp::tlv::tag;
use smpp::{Command, Field, FieldError, Frame, Header, MessageState, ShortMessage, Status};

use crate::ingress::Ticket;
use crate::ingress::smpp::{address, service_type, source};
use crate::ingress::times::times;
use crate::input::LinkId;
use crate::later::{About, Ask, Asker, Change, Told, What};
use crate::limits::{CONTENT_MAX, VALIDITY_MAX};
use crate::peers::links::Owner;
use crate::shard::Shard;
use crate::spelling::Meant;

impl Shard {
    /// A carrier asks about what it has submitted.
    pub(crate) fn handle_later(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let header = pdu.header;
        let Some(link) = self.links.get_mut(id) else { return };
        let Owner::Carrier(carrier) = link.owner else { return };
        let environment = link.environment;
        if link.session.accept().is_err() {
            return self.refuse_pdu(id, &header, Status::RTHROTTLED);
        }
        match self.question(pdu, (environment, carrier)) {
            Ok((named, asker, about, what)) => {
                let named = named.into();
                let (sequence, command) = (header.sequence, header.command);
                let ticket = self.tickets.open(Ticket::Ask { link: id, sequence, command, named });
                let (home, visited, found) = (self.config.shard, 0, Default::default());
                self.ask(Box::new(Ask { ticket, home, asker, about, what, visited, found }));
            }
            Err(status) => {
                self.settle_link(id);
                self.refuse_pdu(id, &header, status);
                self.finish_unbind(id);
            }
        }
    }

    fn question<'a>(
        &self,
        pdu: &Frame<'a>,
        (environment, carrier): (u32, u32),
    ) -> Result<(&'a [u8], Asker, About, What), Status> {
        let agreed = self.agreed.get((environment, carrier)).ok_or(Status::RSYSERR)?;
        let (form, unix_ns) = (agreed.contract.dialect.ids, self.at.unix_ns);
        let meant = |name: &[u8]| Meant::read(name, form, unix_ns).ok_or(Field::MessageId.status());
        let asker = |said: &smpp::Address<'_>| {
            let source = source(agreed, said).map_err(|(_, status)| status)?;
            Ok::<_, Status>(Asker { environment, carrier, source })
        };
        let illegal = |error: FieldError| error.status;
        match pdu.header.command {
            Command::QuerySm => {
                let query = QuerySm::decode(pdu.body).map_err(illegal)?;
                let name = query.message_id;
                let about = About::Named { meant: meant(name)?, destination: None };
                Ok((name, asker(&query.source)?, about, What::Query))
            }
            Command::CancelSm => {
                let cancel = CancelSm::decode(pdu.body).map_err(illegal)?;
                let name = cancel.message_id;
                let destination = address(&cancel.destination).ok_or(Status::RINVDSTADR)?;
                let given = Some(destination).filter(|to| !to.as_bytes().is_empty());
                let about = match given {
                    destination if !name.is_empty() => {
                        About::Named { meant: meant(name)?, destination }
                    }
                    Some(destination) => all_to(destination, cancel.service_type),
                    None => return Err(Status::RINVDSTADR),
                };
                Ok((name, asker(&cancel.source)?, about, What::Cancel))
            }
            Command::ReplaceSm => {
                let replace = ReplaceSm::decode(pdu.body).map_err(illegal)?;
                let name = replace.message_id;
                let about = About::Named { meant: meant(name)?, destination: None };
                let what = What::Replace(Box::new(self.change(&replace)?));
                Ok((name, asker(&replace.source)?, about, what))
            }
            _ => Err(Status::RINVCMDID),
        }
    }

    fn change(&self, replace: &ReplaceSm<'_>) -> Result<Change, Status> {
        let of = |field: Field| field.status();
        if replace.sm_default_msg_id != 0 {
            return Err(of(Field::SmDefaultMsgId));
        }
        if replace.registered_delivery & 0xE0 != 0 {
            return Err(of(Field::RegisteredDelivery));
        }
        let message = ShortMessage {
            schedule_delivery_time: replace.schedule_delivery_time,
            validity_period: replace.validity_period,
            ..ShortMessage::default()
        };
        let times = times(&message, self.at.unix_ns)?;
        let unix_ns = |unix: i64| (unix.max(0) as u64).saturating_mul(1_000_000_000);
        let leaves_ns = times.not_before.map_or(self.at.unix_ns, unix_ns);
        let latest_ns = leaves_ns.saturating_add(VALIDITY_MAX.as_nanos() as u64);
        let octets = replace.tlvs.get(tag::MESSAGE_PAYLOAD).unwrap_or(replace.short_message);
        if octets.len() > CONTENT_MAX {
            return Err(of(Field::ShortMessage));
        }
        Ok(Change {
            octets: octets.to_vec(),
            registered_delivery: replace.registered_delivery,
            not_before_ns: times.not_before.map(unix_ns),
            expires_ns: times.validity.map(|unix| unix_ns(unix).min(latest_ns)),
        })
    }

    /// The answer to a question; nobody hears it if the link is gone.
    pub(crate) fn handle_told(&mut self, ticket: u64, told: Told) {
        let Some(Ticket::Ask { link, sequence, command, named }) = self.tickets.close(ticket)
        else {
            return;
        };
        let has_scheduled =
            self.links.get(link).is_some_and(|link| link.session.version().is_v50());
        self.say(link, |out| match told {
            Told::Standing(standing) => {
                let date = format_absolute(secs(standing.at_ns));
                let resp = QuerySmResp {
                    message_id: &named,
                    final_date: if standing.state.is_final() { &date } else { b"" },
                    message_state: told_state(standing.state, has_scheduled),
                    error_code: u8::try_from(standing.code).unwrap_or(u8::MAX),
                };
                resp.encode(Status::ROK, sequence, out);
            }
            Told::Done => Header::put(command.response(), Status::ROK, sequence, out),
            Told::No(status) => put_error(command, status, sequence, out),
        });
        self.settle_link(link);
        self.finish_unbind(link);
    }
}

/// What a cancel_sm without an id means (SMPP 3.4 §4.9).
fn all_to(destination: Address, service: &[u8]) -> About {
    let service_type = Some(service_type(service)).filter(|name| name[0] != 0);
    About::Alike { destination, service_type }
}

/// A peer that does not know SCHEDULED hears ENROUTE (5.0 §4.7.15).
fn told_state(state: MessageState, has_scheduled: bool) -> MessageState {
    match state {
        MessageState::Scheduled if !has_scheduled => MessageState::Enroute,
        state => state,
    }
}

fn secs(unix_ns: u64) -> i64 {
    (unix_ns / 1_000_000_000) as i64
}
