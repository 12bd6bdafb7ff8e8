use super::*;

#[test]
fn every_identifier_comes_back() {
    assert_eq!(Command::ALL.len(), 33);
    for &command in Command::ALL {
        assert_eq!(Command::decode(command.id()), command);
        assert!(!command.name().contains("unknown"));
    }
    for id in [0, 0x0A, 0x0C, 0x0001_0200, 0x8001_02FF, u32::MAX] {
        assert_eq!(Command::decode(id), Command::Unknown(id));
        assert_eq!(u32::from(Command::from(id)), id);
    }
    assert_eq!(Command::Unknown(0x10200).to_string(), "unknown(0x00010200)");
}

#[test]
fn responses_belong_to_requests() {
    for &command in Command::ALL {
        if command.is_response() {
            assert_eq!(command.response(), Command::GenericNack);
            continue;
        }
        let has_none = matches!(command, Command::Outbind | Command::AlertNotification);
        let expected = if has_none { 0 } else { command.id() } | RESPONSE_BIT;
        assert_eq!(command.response().id(), expected, "{command}");
        assert!(command.response().answers(command));
        assert!(Command::GenericNack.answers(command));
        assert!(!command.answers(command));
    }
    assert!(!Command::DataSmResp.answers(Command::SubmitSm));
    assert_eq!(Command::Unknown(0x0A).response(), Command::GenericNack);
}

#[test]
fn the_link_is_kept_by_few() {
    let keepers: Vec<Command> =
        Command::ALL.iter().copied().filter(|command| command.is_link()).collect();
    assert_eq!(keepers.len(), 6 + 1 + 5);
    assert!(!Command::SubmitSm.is_link());
    assert!(Command::GenericNack.is_link() && Command::EnquireLinkResp.is_link());
}
