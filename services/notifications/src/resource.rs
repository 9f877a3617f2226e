//! How a notification looks to a caller.

use backhaul_api::names::{notification_name, order_name};
use backhaul_api::notifications::template_name;
use backhaul_api::proto::notifications::v1 as proto;
use backhaul_api::types::{timestamp_to_proto, version_to_proto};
use backhaul_eventlog::{Commit, Recorded};
use backhaul_events::{Event, notifications};
use backhaul_notifications::{Notification, Progress};
use proto::notification::State;

/// The notification. What only the log remembers (when it was planned, in which language, what
/// exactly was said) comes from the stream's commits.
pub(crate) fn notification(
    known: &Notification,
    commits: &[std::sync::Arc<Commit>],
    version: u64,
) -> proto::Notification {
    let mut message = proto::Notification {
        name: notification_name(&known.notification),
        order: order_name(&known.notification.order()),
        template: template_name(known.template).to_owned(),
        cause: known.cause.clone(),
        state: state(known).into(),
        version: version_to_proto(version),
        ..Default::default()
    };
    for recorded in commits.iter().flat_map(|commit| &commit.events) {
        recall(known, recorded, &mut message);
    }
    message
}

/// Where the notification stands.
pub(crate) fn state(known: &Notification) -> State {
    match known.progress {
        Progress::Planned(_) => State::Planned,
        Progress::Deferred { .. } => State::Deferred,
        Progress::Sent => State::Sent,
        Progress::Failed { .. } => State::Failed,
        Progress::Suppressed { .. } => State::Suppressed,
    }
}

fn recall(known: &Notification, recorded: &Recorded, message: &mut proto::Notification) {
    let Ok(Event::Notifications(event)) = recorded.event() else {
        return;
    };
    match event {
        notifications::Event::NotificationPlanned(event)
            if event.notification == known.notification =>
        {
            message.language_code = event.language.to_string();
            message.plan_time = Some(timestamp_to_proto(recorded.occurred_at));
        }
        notifications::Event::NotificationDeferred(event)
            if event.notification == known.notification =>
        {
            message.tries = event.tries;
        }
        notifications::Event::NotificationSent(event)
            if event.notification == known.notification =>
        {
            message.content_digest.clone_from(&event.content_digest);
        }
        _ => {}
    }
}
