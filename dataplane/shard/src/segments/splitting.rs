//! A long text from an app, for a next hop: as many Sms as it has segments. They become ours
//! together, in one commit, under the name of the first.

use std::borrow::Cow;

use routing::{Charge, Content, DefaultAlphabet, MessageId, Segmenting, Sms, Target};
use smpp::pdu::esm_class;
use smpp::tlv::{self, tag};
use text::{Alphabet, Concat, Form, Languages, Reference, Segment, split};

use crate::content;
use crate::flights::Flight;
use crate::input::ShardId;
use crate::shard::Shard;

impl Shard {
    /// The Sms that an Sms becomes because its text is too long for its next hop; none if it goes
    /// whole. Where that was agreed its text is said in GSM 7-bit first.
    pub(crate) fn segments_of(&mut self, sms: &mut Sms) -> Vec<Sms> {
        let (Content::Text(text), Target::Connection { connection, .. }) =
            (&mut sms.content, sms.target)
        else {
            return Vec::new();
        };
        if text.len() <= SHORT {
            return Vec::new();
        }
        let Some(terms) = self.connections.terms((sms.environment, connection)) else {
            return Vec::new();
        };
        let (way, towards) = (terms.manner.segments, terms.manner.dialect.alphabet);
        if terms.manner.transliterate
            && let Cow::Owned(near) = text::transliterate(text)
        {
            *text = near;
        }
        let (text, sms) = (text.clone(), &*sms);
        let reference = match way {
            Segmenting::Payload => return Vec::new(),
            Segmenting::Udh | Segmenting::Sar => Reference::Narrow,
            Segmenting::Udh16 => Reference::Wide,
        };
        let alphabet = Written::of(&text, towards);
        // A text that needs more than 255 goes whole: the next hop may know a way.
        let Ok(segments) = split(&text, alphabet.form, reference, 0) else { return Vec::new() };
        if segments.total() == 1 {
            return Vec::new();
        }
        let reference = self.segments.next_reference();
        let one = |segment: Segment<'_>| {
            let total = segment.total;
            let concat = Concat {
                reference: if way == Segmenting::Udh { reference & 0xFF } else { reference },
                total,
                sequence: segment.sequence,
                wide: way == Segmenting::Udh16,
            };
            alphabet.segment(sms, way, &concat, segment.text)
        };
        segments.map(one).collect()
    }

    /// Takes the segments of one text: all of them, or none.
    pub(crate) fn take_segments(&mut self, segments: Vec<Sms>, from: ShardId, ticket: u64) {
        let (mut first, mut ids) = (None, Vec::with_capacity(segments.len()));
        for mut sms in segments {
            sms.id = self.next_id();
            let name: MessageId = *first.get_or_insert(sms.id);
            sms.group = Some(name).into();
            self.accept(&sms);
            ids.push(sms.id);
            let (stage, expires) = self.first_stage(&sms);
            self.flights.insert(Flight::new(Box::new(sms), stage, expires));
        }
        let Some(flight) = first.and_then(|first| self.flights.get(first)) else { return };
        let (ack, told) = (flight.sms.ack, flight.sms.told());
        self.promise_answer(ack, (told, told), from, ticket);
        ids.into_iter().for_each(|id| self.enqueue(id));
    }
}

/// How a text is written for a next hop.
struct Written {
    /// How it is cut.
    form: Form,
    /// What data_coding 0 means there, if the text can be said in it.
    default: Option<DefaultAlphabet>,
    towards: DefaultAlphabet,
}

impl Written {
    fn of(text: &str, towards: DefaultAlphabet) -> Self {
        let default = content::write(towards, text, &mut Vec::new()).then_some(towards);
        // Whatever the next hop's own alphabet is, on the air it is one of these two.
        let form = match default {
            Some(_) => Form::smallest(text, Languages::NONE),
            None => Form::of(Alphabet::Ucs2),
        };
        Self { form, default, towards }
    }

    fn segment(&self, whole: &Sms, way: Segmenting, concat: &Concat, text: &str) -> Sms {
        let (mut octets, mut tlvs) = (Vec::new(), whole.tlvs.clone());
        let mut esm_class = whole.esm_class;
        match way {
            Segmenting::Udh | Segmenting::Udh16 => {
                concat.encode(&mut octets);
                esm_class |= esm_class::UDHI;
            }
            Segmenting::Sar => {
                tlv::put_u16(tag::SAR_MSG_REF_NUM, concat.reference, &mut tlvs);
                tlv::put_u8(tag::SAR_TOTAL_SEGMENTS, concat.total, &mut tlvs);
                tlv::put_u8(tag::SAR_SEGMENT_SEQNUM, concat.sequence, &mut tlvs);
            }
            Segmenting::Payload => {}
        }
        let data_coding = match self.default {
            Some(default) if content::write(default, text, &mut octets) => 0,
            Some(_) | None => {
                text::ucs2::encode(text, &mut octets);
                UCS2
            }
        };
        // The sum of all is the price of the whole.
        let charge = if concat.sequence == 1 {
            whole.charge
        } else {
            Charge { units: 0, amount_micros: 0, ..whole.charge }
        };
        let content = Content::Coded { data_coding, alphabet: self.towards, octets };
        Sms { esm_class, tlvs, charge, content, ..whole.clone() }
    }
}

/// Octets of UTF-8 that are one segment in any alphabet.
const SHORT: usize = 70;

/// The data_coding of UCS-2 (SMPP 3.4 §5.2.19).
const UCS2: u8 = 0x08;
