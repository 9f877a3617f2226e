//! Return policies, both ways: their content here and in `rules`, questions about them in
//! `questions`.

mod questions;
mod review;
mod rules;

pub(crate) use rules::remedy;
pub use rules::remedy_to_proto;

use std::collections::HashSet;

use backhaul_events::returns::{Authorization, PolicySet, Postage, ReturnCentre, WindowRule};
use backhaul_kernel::{Money, PolicyId};

use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::proto::types::v1::Money as MoneyMessage;
use crate::returns::{centre_to_proto, release, release_to_proto};
use crate::types::{Sign, money, money_to_proto, some_text};

pub(crate) use questions::terms_to_proto;
pub use questions::{
    AskPolicy, DiffPolicies, ListPolicyVersions, SimulatePolicy, Under, aspects_to_proto,
    retire_policy_from_proto,
};

/// Most windows, categories, countries, limits or centres of a policy.
const ENTRIES_MAX: usize = 500;
/// Longest window or expiry, in days: ten years.
const DAYS_MAX: u32 = 3_650;

/// The policy that a request publishes, and its content.
pub fn publish_policy_from_proto(
    request: proto::PublishPolicyRequest,
) -> Result<(PolicyId, PolicySet), InvalidRequest> {
    convert(|wrong| {
        let at = Path::of("policy");
        let message = wrong.required(request.policy, &at)?;
        policy(message, &at, wrong)
    })
}

/// The policy asked for, and which version of it; none is the one that decides.
pub fn get_policy_from_proto(
    request: proto::GetPolicyRequest,
) -> Result<(PolicyId, Option<u32>), InvalidRequest> {
    convert(|wrong| {
        let policy = names::policy(&request.name, &Path::of("name"), wrong)?;
        Some((policy, request.version))
    })
}

fn policy(
    message: proto::Policy,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<(PolicyId, PolicySet)> {
    let id = names::policy(&message.name, &at.field("name"), wrong);
    let windows = wrong.each(
        message.windows,
        0..=ENTRIES_MAX,
        &at.field("windows"),
        window,
    );
    let default_window_days = days(
        message.default_window_days,
        &at.field("default_window_days"),
        wrong,
    );
    let final_sale_categories = wrong.each(
        message.final_sale_categories,
        0..=ENTRIES_MAX,
        &at.field("final_sale_categories"),
        some_text,
    );
    let release = release(message.release, &at.field("release"), wrong);
    let keep_item_up_to = limits(message.keep_item_up_to, &at.field("keep_item_up_to"), wrong);
    let expire_after_days = days(
        message.expire_after_days,
        &at.field("expire_after_days"),
        wrong,
    );
    let release_after_days = days(
        message.release_after_days,
        &at.field("release_after_days"),
        wrong,
    );
    let return_centres = wrong.each(
        message.return_centres,
        1..=ENTRIES_MAX,
        &at.field("return_centres"),
        centre,
    );
    let review_within = rules::message_if_any(
        message.review_within,
        &at.field("review_within"),
        wrong,
        review::review,
    );
    let rules = wrong.each(
        message.rules,
        0..=ENTRIES_MAX,
        &at.field("rules"),
        rules::rule,
    );
    let content = PolicySet {
        windows: windows?,
        default_window_days: default_window_days?,
        final_sale_categories: final_sale_categories?,
        authorization: match message.automatic_authorization {
            true => Authorization::Automatic,
            false => Authorization::Manual,
        },
        release: release?,
        keep_item_up_to: keep_item_up_to?,
        expire_after_days: Some(expire_after_days?).filter(|days| *days > 0),
        release_after_days: Some(release_after_days?).filter(|days| *days > 0),
        postage: match message.buyer_pays_postage {
            true => Postage::Buyer,
            false => Postage::Merchant,
        },
        return_centres: return_centres?,
        rules: rules?,
        review_within: review_within?.map(Box::new),
    };
    Some((id?, content))
}

fn window(message: proto::WindowRule, at: &Path<'_>, wrong: &mut Wrong) -> Option<WindowRule> {
    let id = some_text(message.id, &at.field("id"), wrong);
    let countries = wrong.each(
        message.region_codes,
        0..=ENTRIES_MAX,
        &at.field("region_codes"),
        |code: String, at, wrong| wrong.parse(&code, at),
    );
    let categories = wrong.each(
        message.categories,
        0..=ENTRIES_MAX,
        &at.field("categories"),
        some_text,
    );
    let window_days = days(message.window_days, &at.field("window_days"), wrong);
    Some(WindowRule {
        id: id?,
        countries: countries?,
        categories: categories?,
        window_days: window_days?,
    })
}

fn days(days: u32, at: &Path<'_>, wrong: &mut Wrong) -> Option<u32> {
    match days {
        ..=DAYS_MAX => Some(days),
        _ => wrong.note(at, format_args!("must be at most {DAYS_MAX} days")),
    }
}

/// At most one limit per currency.
pub(crate) fn limits(
    messages: Vec<MoneyMessage>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<Money>> {
    let limits = wrong.each(messages, 0..=ENTRIES_MAX, at, |message, at, wrong| {
        money(message, Sign::NotNegative, at, wrong)
    })?;
    let mut seen = HashSet::new();
    match limits.iter().position(|limit| !seen.insert(limit.currency)) {
        Some(index) => wrong.note(
            &at.index(index).field("currency_code"),
            "has a limit already",
        ),
        None => Some(limits),
    }
}

fn centre(message: proto::ReturnCentre, at: &Path<'_>, wrong: &mut Wrong) -> Option<ReturnCentre> {
    let id = some_text(message.id, &at.field("id"), wrong);
    let country = wrong.parse(&message.region_code, &at.field("region_code"));
    let name = some_text(message.display_name, &at.field("display_name"), wrong);
    Some(ReturnCentre {
        id: id?,
        country: country?,
        name: name?,
    })
}

/// The message of a policy; version 0 is the built-in one.
pub fn policy_to_proto(policy: &PolicyId, version: u32, content: &PolicySet) -> proto::Policy {
    let texts = |texts: &[backhaul_kernel::Text]| texts.iter().map(ToString::to_string).collect();
    let window = |rule: &WindowRule| proto::WindowRule {
        id: rule.id.to_string(),
        region_codes: rule.countries.iter().map(ToString::to_string).collect(),
        categories: texts(&rule.categories),
        window_days: rule.window_days,
    };
    proto::Policy {
        name: names::policy_name(policy),
        version,
        windows: content.windows.iter().map(window).collect(),
        default_window_days: content.default_window_days,
        final_sale_categories: texts(&content.final_sale_categories),
        automatic_authorization: content.authorization == Authorization::Automatic,
        release: release_to_proto(content.release).into(),
        keep_item_up_to: content
            .keep_item_up_to
            .iter()
            .copied()
            .map(money_to_proto)
            .collect(),
        expire_after_days: content.expire_after_days.unwrap_or(0),
        release_after_days: content.release_after_days.unwrap_or(0),
        buyer_pays_postage: content.postage == Postage::Buyer,
        return_centres: content.return_centres.iter().map(centre_to_proto).collect(),
        rules: content.rules.iter().map(rules::rule_to_proto).collect(),
        review_within: content
            .review_within
            .as_deref()
            .map(review::review_to_proto),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> proto::Policy {
        proto::Policy {
            name: "policies/default".to_owned(),
            version: 0,
            windows: vec![proto::WindowRule {
                id: "de-shoes".to_owned(),
                region_codes: vec!["DE".to_owned()],
                categories: vec!["shoes".to_owned()],
                window_days: 30,
            }],
            default_window_days: 14,
            final_sale_categories: vec!["food".to_owned()],
            automatic_authorization: true,
            release: proto::Release::OnReceipt.into(),
            keep_item_up_to: vec![MoneyMessage {
                minor_units: 500,
                currency_code: "EUR".to_owned(),
            }],
            expire_after_days: 60,
            release_after_days: 5,
            buyer_pays_postage: true,
            return_centres: vec![proto::ReturnCentre {
                id: "leipzig".to_owned(),
                region_code: "DE".to_owned(),
                display_name: "Leipzig".to_owned(),
            }],
            rules: vec![rule()],
            review_within: Some(proto::ReviewWithin {
                minutes: 60,
                days: (1..=7).collect(),
                opens: "09:00".to_owned(),
                closes: "17:30:01".to_owned(),
                time_zone: "Europe/London".to_owned(),
                holiday_region_code: "GB".to_owned(),
            }),
        }
    }

    /// A rule that speaks of everything.
    fn rule() -> proto::Rule {
        let euro = |minor_units| MoneyMessage {
            minor_units,
            currency_code: "EUR".to_owned(),
        };
        proto::Rule {
            id: "holidays".to_owned(),
            scope: Some(proto::Scope {
                region_codes: vec!["DE".to_owned()],
                channels: vec!["web".to_owned()],
                categories: vec!["shoes".to_owned()],
                buyer_groups: vec!["club".to_owned()],
                reasons: vec![proto::Reason::ChangedMind.into()],
                grades: vec![proto::Grade::A.into()],
                worth_at_least: vec![euro(100)],
                worth_at_most: vec![euro(900)],
                order_from_time: Some(prost_types::Timestamp {
                    seconds: 1_767_225_600,
                    nanos: 0,
                }),
                order_until_time: Some(prost_types::Timestamp {
                    seconds: 1_767_312_000,
                    nanos: 0,
                }),
            }),
            condition: "worth > 100".to_owned(),
            window: Some(proto::Span {
                length: 2,
                unit: proto::SpanUnit::Months.into(),
                clock: proto::Clock::LastDelivery.into(),
                ends_on_working_day: true,
            }),
            extends_to: "2027-01-31".to_owned(),
            exemption: proto::Exemption::Perishable.into(),
            postage: proto::Payer::Merchant.into(),
            fees: Some(proto::Fees {
                restocking_basis_points: 1_000,
                return_postage: vec![euro(499)],
                ..proto::Fees::default()
            }),
            remedies: vec![proto::Remedy::Repair.into(), proto::Remedy::Refund.into()],
            release: proto::Release::OnRequest.into(),
            authorization: proto::Authorization::Manual.into(),
            signal: "many returns".to_owned(),
            keep_item: Some(proto::KeepItem {
                up_to: vec![euro(500)],
                returns_max: Some(2),
                within_days: Some(90),
            }),
            partial_refund_basis_points: Some(2_500),
            return_centre: Some(proto::ReturnCentre {
                id: "ulm".to_owned(),
                region_code: "DE".to_owned(),
                display_name: "Ulm".to_owned(),
            }),
            way_back: proto::WayBack::PickUp.into(),
            outbound_shipping: crate::proto::types::v1::OutboundShipping::ProRata.into(),
        }
    }

    fn publish(
        change: impl FnOnce(&mut proto::Policy),
    ) -> Result<(PolicyId, PolicySet), InvalidRequest> {
        let mut policy = policy();
        change(&mut policy);
        publish_policy_from_proto(proto::PublishPolicyRequest {
            request_id: "r".to_owned(),
            policy: Some(policy),
            validate_only: false,
        })
    }

    #[test]
    fn a_policy_reads_back_as_it_was_written() {
        let (id, content) = publish(|_| {}).unwrap();
        assert_eq!(policy_to_proto(&id, 0, &content), policy());
        let (_, content) = publish(|policy| policy.expire_after_days = 0).unwrap();
        assert_eq!(content.expire_after_days, None);
    }

    fn promise(policy: &mut proto::Policy) -> &mut proto::ReviewWithin {
        policy.review_within.as_mut().unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Change = fn(&mut proto::Policy);
        let cases: [(Change, &str); 18] = [
            (|p| p.name = "default".to_owned(), "policy.name"),
            (|p| p.windows[0].id.clear(), "policy.windows[0].id"),
            (
                |p| p.windows[0].region_codes[0] = "UK".to_owned(),
                "policy.windows[0].region_codes[0]",
            ),
            (
                |p| p.windows[0].window_days = u32::MAX,
                "policy.windows[0].window_days",
            ),
            (|p| p.release = 0, "policy.release"),
            (
                |p| p.release_after_days = u32::MAX,
                "policy.release_after_days",
            ),
            (
                |p| p.rules[0].extends_to = "2027-02-30".to_owned(),
                "policy.rules[0].extends_to",
            ),
            (
                |p| p.rules[0].window.as_mut().unwrap().unit = 0,
                "policy.rules[0].window.unit",
            ),
            (|p| p.rules[0].exemption = 99, "policy.rules[0].exemption"),
            (
                |p| p.keep_item_up_to[0].minor_units = -1,
                "policy.keep_item_up_to[0].minor_units",
            ),
            (
                |p| p.keep_item_up_to.push(p.keep_item_up_to[0].clone()),
                "policy.keep_item_up_to[1].currency_code",
            ),
            (|p| promise(p).days.clear(), "policy.review_within.days"),
            (|p| promise(p).days[1] = 0, "policy.review_within.days[1]"),
            (
                |p| promise(p).opens = "9 o'clock".to_owned(),
                "policy.review_within.opens",
            ),
            (
                |p| promise(p).closes = "24:00".to_owned(),
                "policy.review_within.closes",
            ),
            (
                |p| promise(p).holiday_region_code = "UK".to_owned(),
                "policy.review_within.holiday_region_code",
            ),
            (|p| p.return_centres.clear(), "policy.return_centres"),
            (
                |p| p.return_centres[0].region_code = "ZZ".to_owned(),
                "policy.return_centres[0].region_code",
            ),
        ];
        for (change, field) in cases {
            let mistakes = publish(change).unwrap_err().mistakes;
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert_eq!(mistakes[0].field, field);
        }
    }
}
