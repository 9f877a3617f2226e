//! The checksum on every stored value, and the running digest of a table's rows.
//!
//! Layout of a stored value: CRC32C over key and value (4 bytes), then the value. The key is part
//! of it so that a value which turns up under another key is noticed too.

const CRC_BYTES: usize = 4;

/// The stored form of a value.
pub(crate) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(CRC_BYTES + value.len());
    sealed.extend_from_slice(&crc(key, value).to_be_bytes());
    sealed.extend_from_slice(value);
    sealed
}

/// The value in a stored form, or `None` if it is not what was written under this key.
pub(crate) fn unseal<'a>(key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (head, value) = sealed.split_at_checked(CRC_BYTES)?;
    (head == crc(key, value).to_be_bytes()).then_some(value)
}

fn crc(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), value)
}

/// Number and digest of the rows of a table, kept up to date row by row and in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Rows, the reserved one not counted.
    pub rows: u64,
    /// Sum of the rows' checksums.
    pub digest: u64,
}

impl Tally {
    /// Counts a row in, given in its stored form. `None` if that can not be a stored form.
    pub(crate) fn add(&mut self, sealed: &[u8]) -> Option<()> {
        self.rows = self.rows.checked_add(1)?;
        self.digest = self.digest.wrapping_add(weight(sealed)?);
        Some(())
    }

    /// Counts a row out. `None` if it can not have been counted in.
    pub(crate) fn subtract(&mut self, sealed: &[u8]) -> Option<()> {
        self.rows = self.rows.checked_sub(1)?;
        self.digest = self.digest.wrapping_sub(weight(sealed)?);
        Some(())
    }
}

fn weight(sealed: &[u8]) -> Option<u64> {
    let head = sealed.first_chunk::<CRC_BYTES>()?;
    Some(u64::from(u32::from_be_bytes(*head)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal(b"key", b"value");
        assert_eq!(unseal(b"key", &sealed), Some(&b"value"[..]));
        assert_eq!(unseal(b"kez", &sealed), None);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(b"key", &flipped), None, "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(unseal(b"key", &sealed[..length]), None, "cut to {length}");
        }
    }

    #[test]
    fn a_tally_forgets_what_is_taken_out() {
        let (one, two) = (seal(b"1", b"a"), seal(b"2", b"b"));
        let mut tally = Tally::default();
        tally.add(&one).unwrap();
        let alone = tally;
        tally.add(&two).unwrap();
        assert_ne!(tally, alone);
        tally.subtract(&two).unwrap();
        assert_eq!(tally, alone);
        tally.subtract(&one).unwrap();
        assert_eq!(tally, Tally::default());
        assert_eq!(tally.subtract(&one), None);
    }
}
