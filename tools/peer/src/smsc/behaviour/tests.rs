//! An SMSC does as it is told.

use clap::Parser;
use smpp::{Address, MessageState, ShortMessage, Status};

use super::super::args::Args;
use super::{Behaviour, Decision, IdFormat};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn told(options: &str) -> Behaviour {
    let line = format!("smsc --listen 127.0.0.1:0 {options}");
    Behaviour::new(&Cli::try_parse_from(line.split_whitespace()).unwrap().args)
}

fn message(text: &[u8]) -> ShortMessage<'_> {
    let destination = Address { ton: 1, npi: 1, addr: b"2222" };
    ShortMessage {
        destination,
        registered_delivery: 1,
        short_message: text,
        ..ShortMessage::default()
    }
}

fn taken(decision: &Decision) -> (&str, Option<MessageState>) {
    match decision {
        Decision::Take { id, receipt } => (&id.response, *receipt),
        Decision::Close | Decision::Mute | Decision::Refuse(_) => panic!("{decision:?}"),
    }
}

#[test]
fn ids_count_up_and_receipts_are_as_asked() {
    let mut smsc = told("--first-id 41");
    assert_eq!(taken(&smsc.decide(&message(b"a"))), ("41", Some(MessageState::Delivered)));
    let quiet = ShortMessage { registered_delivery: 0, ..message(b"b") };
    assert_eq!(taken(&smsc.decide(&quiet)), ("42", None));
    let failures = ShortMessage { registered_delivery: 2, ..message(b"c") };
    assert_eq!(taken(&smsc.decide(&failures)), ("43", None));
    let mut smsc = told("--stat UNDELIV");
    assert_eq!(taken(&smsc.decide(&failures)), ("1", Some(MessageState::Undeliverable)));
}

#[test]
fn refusals_follow_the_list() {
    let mut smsc = told("--status 0x14*1,RTHROTTLED*1,ROK");
    assert_eq!(smsc.decide(&message(b"a")), Decision::Refuse(Status::RMSGQFUL));
    assert_eq!(smsc.decide(&message(b"a")), Decision::Refuse(Status::RTHROTTLED));
    taken(&smsc.decide(&message(b"a")));
    assert_eq!((smsc.submits, smsc.taken, smsc.twice), (3, 1, 0));
}

#[test]
fn the_same_text_to_the_same_number_is_noticed() {
    let mut smsc = told("");
    for text in [b"a", b"b", b"a"] {
        smsc.decide(&message(text));
    }
    assert_eq!((smsc.taken, smsc.twice), (3, 1));
}

#[test]
fn it_can_fall_silent_and_hang_up() {
    let mut smsc = told("--mute-after 1");
    taken(&smsc.decide(&message(b"a")));
    assert_eq!(smsc.decide(&message(b"b")), Decision::Mute);
    let mut smsc = told("--close-after 2");
    taken(&smsc.decide(&message(b"a")));
    assert_eq!(smsc.decide(&message(b"b")), Decision::Close);
    taken(&smsc.decide(&message(b"b")));
}

#[test]
fn ids_are_written_as_message_centres_do() {
    let both = |format: IdFormat| {
        let id = format.write(4711);
        (id.response, id.receipt)
    };
    let pair = |response: &str, receipt: &str| (response.to_owned(), receipt.to_owned());
    assert_eq!(both(IdFormat::Decimal), pair("4711", "4711"));
    assert_eq!(both(IdFormat::Hex), pair("1267", "1267"));
    assert_eq!(both(IdFormat::HexDecimal), pair("1267", "4711"));
    assert_eq!(both(IdFormat::DecimalHex), pair("4711", "1267"));
    assert_eq!(both(IdFormat::Uuid).0.len(), 36);
}
