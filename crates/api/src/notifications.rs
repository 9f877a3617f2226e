//! Notifications: requests to what is asked.

use std::collections::BTreeMap;

use backhaul_events::notifications::Template;
use backhaul_kernel::{Language, NotificationId, OrderId};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, MISSING, Path, Wrong, convert};
use crate::names;
use crate::proto::notifications::v1 as proto;
use crate::types::text;

/// Most variables of a preview.
const VARIABLES_MAX: usize = 64;

/// The notification asked for.
pub fn get_notification_from_proto(
    request: proto::GetNotificationRequest,
) -> Result<NotificationId, InvalidRequest> {
    convert(|wrong| names::notification(&request.name, &Path::of("name"), wrong))
}

/// A template to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewNotification {
    /// The template.
    pub template: Template,
    /// The language to show it in.
    pub language: Language,
    /// What the template needs.
    pub variables: BTreeMap<String, String>,
}

impl PreviewNotification {
    /// Reads the request; English when no language is given.
    pub fn from_proto(request: proto::PreviewNotificationRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let template = template(&request.template, wrong);
            let language = match request.language_code.as_str() {
                "" => "en",
                tag => tag,
            };
            let language = wrong.parse(language, &Path::of("language_code"));
            let at = Path::of("variables");
            if request.variables.len() > VARIABLES_MAX {
                return wrong.note(&at, format_args!("at most {VARIABLES_MAX} are allowed"));
            }
            let mut variables = BTreeMap::new();
            for (name, value) in request.variables {
                let value = text(value, &at.field(&name), wrong)?.to_string();
                variables.insert(name, value);
            }
            Some(Self {
                template: template?,
                language: language?,
                variables,
            })
        })
    }
}

/// Every template with its name in messages.
const TEMPLATES: [(&str, Template); 8] = [
    ("return_requested", Template::ReturnRequested),
    ("return_authorized", Template::ReturnAuthorized),
    ("keep_item", Template::KeepItem),
    ("return_declined", Template::ReturnDeclined),
    ("units_received", Template::UnitsReceived),
    ("refund_settled", Template::RefundSettled),
    ("refund_failed", Template::RefundFailed),
    ("withdrawal_acknowledged", Template::WithdrawalAcknowledged),
];

fn template(name: &str, wrong: &mut Wrong) -> Option<Template> {
    let at = Path::of("template");
    match TEMPLATES.iter().find(|(known, _)| *known == name) {
        Some((_, template)) => Some(*template),
        None if name.is_empty() => wrong.note(&at, MISSING),
        None => wrong.note(&at, "is no template"),
    }
}

/// The name of a template in messages.
pub const fn template_name(template: Template) -> &'static str {
    match template {
        Template::ReturnRequested => "return_requested",
        Template::ReturnAuthorized => "return_authorized",
        Template::KeepItem => "keep_item",
        Template::ReturnDeclined => "return_declined",
        Template::UnitsReceived => "units_received",
        Template::RefundSettled => "refund_settled",
        Template::RefundFailed => "refund_failed",
        Template::WithdrawalAcknowledged => "withdrawal_acknowledged",
    }
}

/// Which notifications to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NotificationFilter {
    /// Those of this order.
    pub order: Option<OrderId>,
    /// Those that stand here.
    pub state: Option<proto::notification::State>,
}

impl NotificationFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["order", "state"])?;
        Ok(Self {
            order: filter.name("order", names::parse_order_name)?,
            state: filter.state("state", proto::notification::State::from_str_name)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(template: &str, language: &str) -> Result<PreviewNotification, InvalidRequest> {
        PreviewNotification::from_proto(proto::PreviewNotificationRequest {
            template: template.to_owned(),
            language_code: language.to_owned(),
            variables: [("order".to_owned(), "1".to_owned())].into(),
        })
    }

    #[test]
    fn every_template_is_found_by_its_name() {
        for (name, template) in TEMPLATES {
            assert_eq!(template_name(template), name);
            assert_eq!(preview(name, "").unwrap().template, template);
        }
        assert_eq!(
            preview("keep_item", "zh-hans").unwrap().language.tag(),
            "zh-Hans"
        );
        assert_eq!(preview("keep_item", "").unwrap().language.tag(), "en");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (template, language, fields) in [
            ("unknown", "en", &["template"][..]),
            ("", "en", &["template"]),
            ("", "en_US", &["template", "language_code"]),
        ] {
            let mistakes = preview(template, language).unwrap_err().mistakes;
            let found: Vec<_> = mistakes
                .iter()
                .map(|mistake| mistake.field.as_str())
                .collect();
            assert_eq!(found, fields);
        }
    }

    #[test]
    fn states_are_filtered_without_their_prefix() {
        let sent = NotificationFilter::from_proto("state = SENT").unwrap();
        assert_eq!(sent.state, Some(proto::notification::State::Sent));
        for bad in ["state = STATE_SENT", "state = UNSPECIFIED", "state = sent"] {
            assert!(NotificationFilter::from_proto(bad).is_err(), "{bad}");
        }
    }
}
