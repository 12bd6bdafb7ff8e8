//! Little-endian octets, written and read with every length checked.

/// The octets ended before the value did, or the value makes no sense.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Short;

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the octets end before the value does")
    }
}

impl std::error::Error for Short {}

/// Takes values off the front of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `len` octets.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Short> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Short)?;
        self.0 = rest;
        Ok(head)
    }

    /// The next `N` octets as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        self.take(N)?.try_into().map_err(|_| Short)
    }

    /// One octet.
    pub fn u8(&mut self) -> Result<u8, Short> {
        self.array().map(u8::from_le_bytes)
    }

    /// Two octets.
    pub fn u16(&mut self) -> Result<u16, Short> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four octets.
    pub fn u32(&mut self) -> Result<u32, Short> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight octets.
    pub fn u64(&mut self) -> Result<u64, Short> {
        self.array().map(u64::from_le_bytes)
    }

    /// Eight octets, signed.
    pub fn i64(&mut self) -> Result<i64, Short> {
        self.array().map(i64::from_le_bytes)
    }

    /// Octets behind their length of four octets.
    pub fn octets(&mut self) -> Result<&'a [u8], Short> {
        let len = self.u32()?;
        self.take(len as usize)
    }

    /// UTF-8 behind its length of four octets.
    pub fn text(&mut self) -> Result<&'a str, Short> {
        std::str::from_utf8(self.octets()?).map_err(|_| Short)
    }
}

/// Appends values to a buffer, as [`Reader`] takes them.
pub(crate) trait Write {
    fn put_raw(&mut self, octets: &[u8]);

    fn put_u8(&mut self, value: u8) {
        self.put_raw(&[value]);
    }

    fn put_u16(&mut self, value: u16) {
        self.put_raw(&value.to_le_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.put_raw(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.put_raw(&value.to_le_bytes());
    }

    fn put_i64(&mut self, value: i64) {
        self.put_raw(&value.to_le_bytes());
    }

    fn put_octets(&mut self, octets: &[u8]) {
        let len = u32::try_from(octets.len()).expect("no field of a record reaches 4 GiB");
        self.put_u32(len);
        self.put_raw(octets);
    }
}

impl Write for Vec<u8> {
    fn put_raw(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// A value that a journal record or a board page carries: one `put`, one `take`.
pub(crate) trait Field: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(reader: &mut Reader<'_>) -> Result<Self, Short>;
}

impl Field for std::net::SocketAddr {
    fn put(&self, out: &mut Vec<u8>) {
        match self.ip() {
            std::net::IpAddr::V4(ip) => {
                out.put_u8(4);
                out.put_raw(&ip.octets());
            }
            std::net::IpAddr::V6(ip) => {
                out.put_u8(6);
                out.put_raw(&ip.octets());
            }
        }
        out.put_u16(self.port());
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let ip: std::net::IpAddr = match reader.u8()? {
            4 => reader.array::<4>()?.into(),
            6 => reader.array::<16>()?.into(),
            _ => return Err(Short),
        };
        Ok(Self::new(ip, reader.u16()?))
    }
}

impl Field for crate::MessageId {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_raw(&self.bits().to_le_bytes()[..10]);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut bits = [0; 16];
        bits[..10].copy_from_slice(reader.take(10)?);
        Ok(Self::from_bits(u128::from_le_bytes(bits)))
    }
}

impl Field for Option<crate::Number> {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.map_or(0, crate::Number::packed));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match reader.u64()? {
            0 => Ok(None),
            packed => crate::Number::from_packed(packed).map(Some).ok_or(Short),
        }
    }
}

impl Field for Option<crate::Address> {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(self.is_some().into());
        if let Some(address) = self {
            address.put(out);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match reader.u8()? {
            0 => Ok(None),
            1 => crate::Address::take(reader).map(Some),
            _ => Err(Short),
        }
    }
}

impl Field for String {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_octets(self.as_bytes());
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        reader.text().map(str::to_owned)
    }
}

impl Field for Vec<u8> {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_octets(self);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        reader.octets().map(<[u8]>::to_vec)
    }
}
