//! Our own name of an attempt, as providers keep it beside the refund and give it back.

use std::fmt;
use std::str::FromStr;

use backhaul_kernel::{RefundId, Tenant};

/// Which attempt of which refund of which merchant. Refunds of two merchants may carry the same
/// id, and one account at a provider may pay for both: only the whole name is unambiguous.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttemptName {
    /// The merchant.
    pub tenant: Tenant,
    /// The refund.
    pub refund: RefundId,
    /// The attempt, from 1.
    pub attempt: u32,
}

/// The text names no attempt of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text names no attempt of ours")]
pub struct NotOurs;

impl AttemptName {
    /// The attempt within its merchant, such as `536365-F2-A1`.
    pub fn reference(&self) -> String {
        format!("{}-A{}", self.refund, self.attempt)
    }
}

/// The whole name, such as `main/536365-F2-A1`.
impl fmt::Display for AttemptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}-A{}", self.tenant, self.refund, self.attempt)
    }
}

impl FromStr for AttemptName {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (tenant, reference) = text.split_once('/').ok_or(NotOurs)?;
        let (refund, attempt) = reference.rsplit_once("-A").ok_or(NotOurs)?;
        let name = Self {
            tenant: tenant.parse().map_err(|_| NotOurs)?,
            refund: refund.parse().map_err(|_| NotOurs)?,
            attempt: attempt.parse().map_err(|_| NotOurs)?,
        };
        // One name has one text: `A01` and `A+1` are somebody else's.
        if name.attempt > 0 && name.to_string() == text {
            Ok(name)
        } else {
            Err(NotOurs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_text_and_nothing_else_is_one() {
        for text in ["main/536365-F2-A1", "shop_2/A-1-A2-F1-A17"] {
            let name: AttemptName = text.parse().unwrap();
            assert_eq!(name.to_string(), text);
            assert!(text.ends_with(&format!("/{}", name.reference())));
        }
        for text in [
            "",
            "536365-F2-A1",
            "main/536365-F2",
            "main/536365-A1",
            "main/536365-F2-A0",
            "main/536365-F2-A01",
            "main/536365-F2-A+1",
            "main/536365-F2-A1/x",
            "/536365-F2-A1",
            "payment-2017-1-17-11-refund",
        ] {
            assert_eq!(text.parse::<AttemptName>(), Err(NotOurs), "{text}");
        }
    }
}
