//! A long text from an app, for a next hop: as many Sms as it has segments. They become ours
//! together, in one commit, under the name of the first.

use std::borrow::Cow;

use routing::{Charge, Content, DefaultAlphabet, MessageId, Refusal, Segmenting, Sms, Target};
use smpp::Tlvs;
use smpp::pdu::esm_class;
use smpp::tlv::{self, tag};
use text::{Alphabet, Concat, Form, Header, Languages, Reference, Segment, Shifts, split};

use crate::content::{self, Aside};
use crate::flights::Flight;
use crate::input::ShardId;
use crate::limits::CONTENT_MAX;
use crate::segments::data;
use crate::segments::languages::languages;
use crate::shard::Shard;

impl Shard {
    /// The Sms that an Sms becomes because its text is too long for its next hop; none if it goes
    /// whole. Its text is said as was agreed with the next hop: in GSM 7-bit by near relations, or
    /// with a national table.
    pub(crate) fn segments_of(&mut self, sms: &mut Sms) -> Result<Vec<Sms>, Refusal> {
        let Target::Connection { connection, .. } = sms.target else { return Ok(Vec::new()) };
        if data::is_long(sms) {
            return self.segments_of_data(sms, connection);
        }
        let aside = Aside::of(sms);
        let Content::Text(text) = &mut sms.content else { return Ok(Vec::new()) };
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
        let languages = languages(&manner.national);
        let (text, whole) = (text.clone(), &*sms);
        let written = Written::of(&text, towards, languages, aside);
        let wide = way == Segmenting::Udh16;
        let width = if wide { Reference::Wide } else { Reference::Narrow };
        let segments = match split(&text, written.form, width, written.others()) {
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

    /// The same of data: under headers, whatever was agreed for texts, unless it goes whole.
    fn segments_of_data(&mut self, sms: &Sms, connection: u32) -> Result<Vec<Sms>, Refusal> {
        let Some(terms) = self.connections.terms((sms.environment, connection)) else {
            return Ok(Vec::new());
        };
        let way = terms.manner.segments;
        if way == Segmenting::Payload || terms.is_ours {
            return Ok(Vec::new());
        }
        let (wide, reference) = (way == Segmenting::Udh16, self.segments.next_reference());
        data::segments(sms, if wide { reference } else { reference & 0xFF }, wide)
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
    aside: Aside,
}

impl Written {
    fn of(text: &str, towards: DefaultAlphabet, languages: Languages, aside: Aside) -> Self {
        let form = Form::smallest(text, languages);
        let gsm = matches!(towards, DefaultAlphabet::Gsm | DefaultAlphabet::GsmPacked);
        if gsm && form.shifts != Shifts::NONE || aside.class().is_some() {
            return Self { form, default: Some(towards), towards, aside };
        }
        let default = content::write(towards, Shifts::NONE, text, &mut Vec::new());
        // Whatever the next hop's own alphabet is, on the air it is one of these two.
        let form = match default {
            true => Form::smallest(text, Languages::NONE),
            false => Form::of(Alphabet::Ucs2),
        };
        Self { form, default: default.then_some(towards), towards, aside }
    }

    /// Octets of the element that says the ports.
    fn others(&self) -> usize {
        if self.aside.ports().is_some() { PORTS } else { 0 }
    }

    /// One message says the whole text; with a national table its header says so.
    fn put_alone(&self, sms: &mut Sms, text: &str) {
        if self.form.shifts != Shifts::NONE {
            sms.esm_class |= esm_class::UDHI;
            sms.content = self.content(&self.header(None), text);
            sms.tlvs = without_ports(&sms.tlvs);
        }
    }

    /// The header of a segment, or of a text alone.
    fn header(&self, concat: Option<&Concat>) -> Header {
        let mut header = Header::new();
        let concat = concat.map_or(Ok(()), |concat| header.push_concat(concat));
        let shifts = concat.and_then(|()| header.push_shifts(self.form.shifts));
        // Where there is no header, TLVs say them (SMPP 3.4 §5.2.12 forbids both).
        let ports = self.aside.ports().filter(|_| !header.octets().is_empty());
        shifts
            .and_then(|()| ports.map_or(Ok(()), |ports| header.push_ports(ports)))
            .expect("four elements take twenty octets of a hundred and forty");
        header
    }

    fn content(&self, header: &Header, text: &str) -> Content {
        if let Some(class) = self.aside.class() {
            let header = header.octets();
            let (data_coding, octets) = content::of_class(class, self.form.shifts, header, text);
            return Content::Coded { data_coding, alphabet: self.towards, octets };
        }
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
        let mut has_header = 0;
        if !header.octets().is_empty() {
            (has_header, tlvs) = (esm_class::UDHI, without_ports(&tlvs));
        }
        let content = self.content(&header, text);
        let esm_class = whole.esm_class | has_header;
        Sms { esm_class, tlvs, content, ..part_of(whole, concat.sequence) }
    }
}

/// A part of an Sms; the sum of all prices is that of the whole.
pub(super) fn part_of(whole: &Sms, sequence: u8) -> Sms {
    let charge = match sequence {
        1 => whole.charge,
        _ => Charge { units: 0, amount_micros: 0, ..whole.charge },
    };
    Sms { charge, ..whole.clone() }
}

/// What a header says is not said beside it.
fn without_ports(tlvs: &[u8]) -> Vec<u8> {
    let mut others = Vec::with_capacity(tlvs.len());
    for one in Tlvs::decode(tlvs).unwrap_or(Tlvs::EMPTY).iter() {
        if !matches!(one.tag, tag::SOURCE_PORT | tag::DEST_PORT) {
            tlv::put(one.tag, one.value, &mut others);
        }
    }
    others
}

/// Octets of UTF-8 that are one segment in any alphabet.
const SHORT: usize = 70;

/// Octets of an element with two ports of 16 bits (TS 23.040 §9.2.3.24.4).
const PORTS: usize = 6;

/// The data_coding of UCS-2 (SMPP 3.4 §5.2.19).
const UCS2: u8 = 0x08;
