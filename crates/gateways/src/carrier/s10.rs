//! Item numbers of postal services, as UPU standard S10 forms them: a service indicator of two
//! letters, eight digits, a check digit, and the country.

use backhaul_kernel::Country;

/// What the check digit multiplies each digit by.
const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// The item number of `serial`, of which the last eight digits count.
pub(super) fn item_number(service: &str, serial: u64, country: Country) -> String {
    let digits = format!("{:08}", serial % 100_000_000);
    let check = check_digit(&digits);
    format!("{service}{digits}{check}{country}")
}

fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_follows_the_standard() {
        let gb: Country = "GB".parse().unwrap();
        for (serial, number) in [
            (47_312_482, "RR473124829GB"),
            // 11 - 1 = 10 becomes 0, and 11 - 0 = 11 becomes 5.
            (4, "RR000000045GB"),
            (30, "RR000000306GB"),
            (8, "RR000000080GB"),
            (0, "RR000000005GB"),
            (100_000_000, "RR000000005GB"),
        ] {
            assert_eq!(item_number("RR", serial, gb), number);
        }
    }
}
