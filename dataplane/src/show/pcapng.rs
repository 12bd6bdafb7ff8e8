//! pcapng, which tshark and Wireshark read.
//!
//! A section begins with its header and the description of its one interface, whose packets are
//! raw IP; each packet is an Enhanced Packet Block with its direction, and the id of its Sms as a
//! comment. Files put one behind the other are one file again.

/// Appends what a section begins with; `node` is shown as the interface.
pub(super) fn begin(node: &str, out: &mut Vec<u8>) {
    block(SECTION, out, |out| {
        out.extend_from_slice(&MAGIC.to_le_bytes());
        out.extend_from_slice(&1u16.to_le_bytes());
        out.extend_from_slice(&0u16.to_le_bytes());
        // How long the section is nobody knows yet.
        out.extend_from_slice(&u64::MAX.to_le_bytes());
        option(USER_APPLICATION, b"signalbox", out);
        option(END, b"", out);
    });
    block(INTERFACE, out, |out| {
        out.extend_from_slice(&RAW_IP.to_le_bytes());
        out.extend_from_slice(&[0; 6]);
        option(INTERFACE_NAME, node.as_bytes(), out);
        option(RESOLUTION, &[NANOSECONDS], out);
        option(END, b"", out);
    });
}

/// Appends one packet.
pub(super) fn packet(at_ns: u64, sent: bool, comment: Option<&[u8]>, ip: &[u8], out: &mut Vec<u8>) {
    block(PACKET, out, |out| {
        out.extend_from_slice(&0u32.to_le_bytes());
        out.extend_from_slice(&((at_ns >> 32) as u32).to_le_bytes());
        out.extend_from_slice(&(at_ns as u32).to_le_bytes());
        out.extend_from_slice(&(ip.len() as u32).to_le_bytes());
        out.extend_from_slice(&(ip.len() as u32).to_le_bytes());
        padded(ip, out);
        if let Some(comment) = comment {
            option(COMMENT, comment, out);
        }
        let direction: u32 = if sent { OUTBOUND } else { INBOUND };
        option(FLAGS, &direction.to_le_bytes(), out);
        option(END, b"", out);
    });
}

/// A block: its type, its length, what it holds, and its length again.
fn block(kind: u32, out: &mut Vec<u8>, hold: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    hold(out);
    let length = (out.len() - start + 4) as u32;
    out[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
}

fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    padded(value, out);
}

fn padded(octets: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(octets);
    out.resize(out.len() + octets.len().wrapping_neg() % 4, 0);
}

const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const MAGIC: u32 = 0x1A2B_3C4D;

/// LINKTYPE_RAW: the packet begins with the header of IPv4 or IPv6.
const RAW_IP: u16 = 101;

const END: u16 = 0;
const COMMENT: u16 = 1;
const FLAGS: u16 = 2;
const INTERFACE_NAME: u16 = 2;
const USER_APPLICATION: u16 = 4;
const RESOLUTION: u16 = 9;
const NANOSECONDS: u8 = 9;
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;
