//! A long text from an app, for a next hop: as many Sms as it has segments. They become ours
//! together, in one commit, under the name of the first.

use std::borrow::Cow;

use routing::{
    Charge, Content, DefaultAlphabet, MessageId, National, Refusal, Segmenting, Sms, Target,
};
use smpp::pdu::esm_class;
use smpp::tlv::{self, tag};
use text::{Alphabet, Concat, Form, Header, Languages, Reference, Segment, Shifts, split};

use crate::content;
use crate::flights::Flight;
use crate::input::ShardId;
use crate::limits::CONTENT_MAX;
use crate::shard::Shard;

impl Shard {
    /// The Sms that an Sms becomes because its text is too long for its next hop; none if it goes
    /// whole. Its text is said as was agreed with the next hop: in GSM 7-bit by near relations, or
    /// with a national table.
    pub(crate) fn segments_of(&mut self, sms: &mut Sms) -> Result<Vec<Sms>, Refusal> {
        let (Content::Text(text), Target::Connection { connection, .. }) =
            (&mut sms.content, sms.target)
        else {
            return Ok(Vec::new());
        };
        let Some(terms) = self.connections.terms((sms.environment, connection)) else {
            return Ok(Vec::new());
        };
        let (manner, is_ours) = (&terms.manner, terms.is_ours);
        if text.len() <= SHORT && manner.national.is_empty() {
            return Ok(Vec::new());
        }
        if manner.transliterate
            && text.len() > SHORT
            && let Cow::Owned(near) = text::transliterate(text)
        {
            *text = near;
        }
        let (way, towards) = (manner.segments, manner.dialect.alphabet);
        let languages = Languages::from_bits(National::bits(&manner.national));
        let (text, whole) = (text.clone(), &*sms);
        let written = Written::of(&text, towards, languages);
        let wide = way == Segmenting::Udh16;
        let width = if wide { Reference::Wide } else { Reference::Narrow };
        let segments = match split(&text, written.form, width, 0) {
            Ok(segments) if segments.total() == 1 => {
                written.put_alone(sms, &text);
                return Ok(Vec::new());
            }
            Ok(segments) if way != Segmenting::Payload => segments,
            // Whole, in message_payload.
            Ok(_) | Err(_) if way == Segmenting::Payload || is_ours => {
                let fits = content::coded(whole, towards).1.len() <= CONTENT_MAX;
                return fits.then(Vec::new).ok_or(Refusal::TooLong);
            }
            Ok(_) | Err(_) => return Err(Refusal::TooLong),
        };
        let reference = self.segments.next_reference();
        let one = |segment: Segment<'_>| {
            let total = segment.total;
            let concat = Concat {
                reference: if way == Segmenting::Udh { reference & 0xFF } else { reference },
                total,
                sequence: segment.sequence,
                wide,
            };
            written.segment(whole, way, &concat, segment.text)
        };
        Ok(segments.map(one).collect())
    }

    /// Takes the segments of one text: all of them, or none.
    pub(crate) fn take_segments(&mut self, segments: Vec<Sms>, from: ShardId, ticket: u64) {
        let (mut first, mut ids) = (None, Vec::with_capacity(segments.len()));
        let last = segments.len().saturating_sub(1);
        for (place, mut sms) in segments.into_iter().enumerate() {
            sms.id = self.next_id();
            // Of a text one report is made, when its end has arrived.
            sms.wanted = sms.wanted.filter(|_| place == last);
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
    fn of(text: &str, towards: DefaultAlphabet, languages: Languages) -> Self {
        let form = Form::smallest(text, languages);
        let gsm = matches!(towards, DefaultAlphabet::Gsm | DefaultAlphabet::GsmPacked);
        if gsm && form.shifts != Shifts::NONE {
            return Self { form, default: Some(towards), towards };
        }
        let default = content::write(towards, Shifts::NONE, text, &mut Vec::new());
        // Whatever the next hop's own alphabet is, on the air it is one of these two.
        let form = match default {
            true => Form::smallest(text, Languages::NONE),
            false => Form::of(Alphabet::Ucs2),
        };
        Self { form, default: default.then_some(towards), towards }
    }

    /// One message says the whole text; with a national table its header says so.
    fn put_alone(&self, sms: &mut Sms, text: &str) {
        if self.form.shifts != Shifts::NONE {
            sms.esm_class |= esm_class::UDHI;
            sms.content = self.content(&self.header(None), text);
        }
    }

    /// The header of a segment, or of a text alone.
    fn header(&self, concat: Option<&Concat>) -> Header {
        let mut header = Header::new();
        let concat = concat.map_or(Ok(()), |concat| header.push_concat(concat));
        concat
            .and_then(|()| header.push_shifts(self.form.shifts))
            .expect("three elements take fourteen octets of a hundred and forty");
        header
    }

    fn content(&self, header: &Header, text: &str) -> Content {
        let mut octets = header.octets().to_vec();
        let data_coding = match self.default {
            Some(default) if content::write(default, self.form.shifts, text, &mut octets) => 0,
            Some(_) | None => {
                text::ucs2::encode(text, &mut octets);
                UCS2
            }
        };
        Content::Coded { data_coding, alphabet: self.towards, octets }
    }

    fn segment(&self, whole: &Sms, way: Segmenting, concat: &Concat, text: &str) -> Sms {
        let mut tlvs = whole.tlvs.clone();
        let header = match way {
            Segmenting::Udh | Segmenting::Udh16 => self.header(Some(concat)),
            Segmenting::Sar => {
                tlv::put_u16(tag::SAR_MSG_REF_NUM, concat.reference, &mut tlvs);
                tlv::put_u8(tag::SAR_TOTAL_SEGMENTS, concat.total, &mut tlvs);
                tlv::put_u8(tag::SAR_SEGMENT_SEQNUM, concat.sequence, &mut tlvs);
                self.header(None)
            }
            Segmenting::Payload => self.header(None),
        };
        let has_header = if header.octets().is_empty() { 0 } else { esm_class::UDHI };
        // The sum of all is the price of the whole.
        let charge = if concat.sequence == 1 {
            whole.charge
        } else {
            Charge { units: 0, amount_micros: 0, ..whole.charge }
        };
        let content = self.content(&header, text);
        Sms { esm_class: whole.esm_class | has_header, tlvs, charge, content, ..whole.clone() }
    }
}

/// Octets of UTF-8 that are one segment in any alphabet.
const SHORT: usize = 70;

/// The data_coding of UCS-2 (SMPP 3.4 §5.2.19).
const UCS2: u8 = 0x08;
