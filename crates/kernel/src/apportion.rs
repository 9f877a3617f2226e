//! Splitting amounts without losing or inventing a minor unit.
//!
//! Two rules, both exact over any sequence of steps:
//! - units of one line: the cumulative difference, so the parts of a line always add up to it;
//! - one amount over several weights: largest remainder, ties to the lower index (Hamilton's
//!   method, the rule of vendure's `prorate` and moneyphp's `allocate`).

/// What units `first .. first + count` of a line of `quantity` units are worth, when the whole
/// line is worth `total` minor units: round(T·(k+t)/q) − round(T·k/q), half up.
///
/// # Panics
/// When the units are not all within the line: callers count units before they ask for money.
pub fn worth_of_units(total: i64, quantity: u32, first: u32, count: u32) -> i64 {
    let end = first
        .checked_add(count)
        .expect("unit counts fit into 32 bits");
    assert!(end <= quantity, "units {first}..{end} of {quantity}");
    worth_of_first(total, quantity, end) - worth_of_first(total, quantity, first)
}

/// round(T·k/q), half up for either sign.
fn worth_of_first(total: i64, quantity: u32, units: u32) -> i64 {
    if units == 0 {
        return 0;
    }
    let (numerator, quantity) = (i128::from(total) * i128::from(units), i128::from(quantity));
    let rounded = (2 * numerator + quantity).div_euclid(2 * quantity);
    i64::try_from(rounded).expect("a part of a line is never more than the line")
}

/// No split exists for these weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There is nothing to split over.
    #[error("an amount cannot be split over no weights")]
    NoWeights,
    /// A weight below zero has no share.
    #[error("a weight is negative")]
    NegativeWeight,
}

/// Splits `amount` over `weights` in proportion; the parts add up to `amount` exactly.
/// All weights zero means an even split, because the amount must go somewhere.
pub fn split(amount: i64, weights: &[i64]) -> Result<Vec<i64>, SplitError> {
    if weights.is_empty() {
        return Err(SplitError::NoWeights);
    }
    if weights.iter().any(|weight| *weight < 0) {
        return Err(SplitError::NegativeWeight);
    }
    let even = vec![1; weights.len()];
    let weights = if weights.iter().all(|weight| *weight == 0) {
        &even
    } else {
        weights
    };
    Ok(largest_remainder(amount.unsigned_abs(), weights)
        .into_iter()
        .map(|part| if amount < 0 { -part } else { part })
        .collect())
}

fn largest_remainder(amount: u64, weights: &[i64]) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let share = |weight: &i64| i128::from(amount) * i128::from(*weight);
    let mut parts: Vec<i128> = weights.iter().map(|weight| share(weight) / total).collect();
    let missing = i128::from(amount) - parts.iter().sum::<i128>();

    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(share(&weights[*index]) % total));
    let missing =
        usize::try_from(missing).expect("fewer minor units are missing than there are weights");
    for index in by_remainder.into_iter().take(missing) {
        parts[index] += 1;
    }
    parts
        .into_iter()
        .map(|part| i64::try_from(part).expect("a part is never more than the whole"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_as_the_field_does() {
        for (amount, weights, parts) in [
            (300, &[4000, 2000, 2000][..], &[150, 75, 75][..]),
            (-300, &[4000, 2000, 2000], &[-150, -75, -75]),
            (299, &[1, 1, 1], &[100, 100, 99]),
            (
                95,
                &[10, 20, 10, 30, 50, 20, 10, 40],
                &[5, 10, 5, 15, 25, 10, 5, 20],
            ),
            (40, &[10, 0], &[40, 0]),
            (0, &[0, 0], &[0, 0]),
            (10, &[0, 0], &[5, 5]),
            (5, &[3, 7], &[2, 3]),
            (5, &[7, 3, 0], &[4, 1, 0]),
            (5, &[0, 0, 1], &[0, 0, 5]),
            (101, &[7, 3], &[71, 30]),
        ] {
            assert_eq!(
                split(amount, weights).unwrap(),
                parts,
                "{amount} over {weights:?}"
            );
        }
        assert_eq!(split(1, &[]), Err(SplitError::NoWeights));
        assert_eq!(split(1, &[1, -1]), Err(SplitError::NegativeWeight));
    }

    #[test]
    fn units_are_worth_what_the_field_says() {
        for (total, quantity, first, count, worth) in [
            (1000, 3, 0, 1, 333),
            (1000, 3, 0, 2, 667),
            (1, 3, 0, 1, 0),
            (2, 3, 0, 1, 1),
            (1070, 4, 0, 1, 268),
            (29_000, 3, 0, 1, 9667),
            (29_000, 3, 1, 1, 9666),
        ] {
            assert_eq!(worth_of_units(total, quantity, first, count), worth);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// I5 and I6: largest remainders give the whole away, to the minor unit and with its sign.
        #[test]
        fn parts_add_up_to_the_whole(amount in -i64::MAX..=i64::MAX, weights in prop::collection::vec(0i64..1_000_000_000, 1..20)) {
            let parts = split(amount, &weights).unwrap();
            prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(amount));
        }

        /// I6: units that go back in any steps are worth the line in the end.
        #[test]
        fn any_sequence_of_units_adds_up_to_the_line(total in any::<i64>(), steps in prop::collection::vec(1u32..50, 1..20)) {
            let quantity: u32 = steps.iter().sum();
            let mut first = 0;
            let mut sum = 0_i128;
            for count in steps {
                sum += i128::from(worth_of_units(total, quantity, first, count));
                first += count;
            }
            prop_assert_eq!(sum, i128::from(total));
        }
    }
}
