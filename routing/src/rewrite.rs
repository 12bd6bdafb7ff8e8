//! Rules that change an address on its way in or out.

use rkyv::{Archive, Deserialize, Serialize};

use crate::{Address, ArchivedSide, Party, Plane, Side};

/// One rule. Of the rules of a list the first one that fits changes the address, and no other.
#[derive(Archive, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rewrite {
    /// Which address.
    pub side: Side,
    /// What the address must look like: a pattern of its digits, or of a name in lower case.
    pub pattern: String,
    /// The type of number it must have; `None` is any.
    pub ton: Option<u8>,
    /// The whole address becomes this instead; it is not cut or lengthened then.
    pub replace: Option<String>,
    /// How many characters are cut from its front.
    pub strip: u8,
    /// What is put before the rest.
    pub prepend: String,
    /// The type of number and numbering plan it gets; `None` keeps both.
    pub plane: Option<Plane>,
}

/// What the first fitting rule makes of an address; `None` if no rule fits or if what it makes
/// is no address (longer than twenty characters, or empty).
pub fn rewrite(rules: &[ArchivedRewrite], side: Side, address: &Address) -> Option<Address> {
    let mine = |rule: &&ArchivedRewrite| match rule.side {
        ArchivedSide::Calling => side == Side::Calling,
        ArchivedSide::Called => side == Side::Called,
    };
    if rules.is_empty() {
        return None;
    }
    let party = Party::of(address);
    let rule = rules.iter().filter(mine).find(|rule| rule.fits(&party, address))?;
    rule.apply(&party, address)
}

impl ArchivedRewrite {
    fn fits(&self, party: &Party, address: &Address) -> bool {
        let ton = self.ton.as_ref().is_none_or(|ton| *ton == address.ton);
        ton && party.matches(self.pattern.as_bytes())
    }

    fn apply(&self, party: &Party, address: &Address) -> Option<Address> {
        let (ton, npi) =
            self.plane.as_ref().map_or((address.ton, address.npi), |plane| (plane.ton, plane.npi));
        if let Some(replace) = self.replace.as_ref() {
            return Address::new(ton, npi, replace.as_bytes());
        }
        let digits = match party {
            Party::Number(number) => Some(number.digits()),
            Party::Name(_) => None,
        };
        let plain = digits.as_deref().unwrap_or(address.as_bytes());
        let rest = plain.get(usize::from(self.strip)..)?;
        let (mut whole, front) = ([0; Address::LEN_MAX], self.prepend.as_bytes());
        let len = front.len() + rest.len();
        if len == 0 {
            return None;
        }
        whole.get_mut(..front.len())?.copy_from_slice(front);
        whole.get_mut(front.len()..len)?.copy_from_slice(rest);
        Address::new(ton, npi, &whole[..len])
    }
}

#[cfg(test)]
mod tests;
