//! Numbers that a provider would give, derived from the key: the same key, the same numbers.

use sha2::{Digest, Sha256};

/// Digits of an acquirer reference number.
const ACQUIRER_REFERENCE_DIGITS: usize = 23;

/// The provider's name of the refund.
pub(super) fn provider_refund(key: &str) -> String {
    let hex: String = Sha256::digest(key)
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sbxre_{hex}")
}

/// 23 digits as card schemes write them: a format digit, 21 digits, and a Luhn check digit.
pub(super) fn acquirer_reference(key: &str) -> String {
    let mut digits = vec![7];
    digits.extend(
        Sha256::digest(key)
            .iter()
            .take(ACQUIRER_REFERENCE_DIGITS - 2)
            .map(|byte| byte % 10),
    );
    digits.push(luhn(&digits));
    digits
        .into_iter()
        .map(|digit| char::from(b'0' + digit))
        .collect()
}

/// The digit that makes the whole number pass the Luhn test.
fn luhn(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, double) if double > 9 => double - 9,
            (0, double) => double,
            _ => u32::from(digit),
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).expect("a digit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_luhns() {
        for (digits, check) in [
            (&[7, 9, 9, 2, 7, 3, 9, 8, 7, 1][..], 3),
            (&[1, 7, 8, 9, 3, 7, 2, 9, 9, 7], 4),
            (&[0], 0),
        ] {
            assert_eq!(luhn(digits), check, "{digits:?}");
        }
    }

    #[test]
    fn numbers_follow_from_the_key_alone() {
        let number = acquirer_reference("key-1");
        assert_eq!(number.len(), ACQUIRER_REFERENCE_DIGITS);
        assert!(number.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(number, acquirer_reference("key-1"));
        assert_ne!(number, acquirer_reference("key-2"));
        assert_ne!(provider_refund("key-1"), provider_refund("key-2"));
    }
}
