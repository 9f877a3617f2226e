//! What operators ask of the log.

use backhaul_events::ContextName;
use backhaul_kernel::OrderId;

use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names::parse_order_of;
use crate::proto::operations::v1 as proto;

/// The order whose timeline is asked for.
pub fn get_timeline_from_proto(
    request: proto::GetTimelineRequest,
) -> Result<OrderId, InvalidRequest> {
    parse_order_of("name", &request.name).map_err(|mistake| InvalidRequest {
        mistakes: vec![mistake],
    })
}

/// Which events an operator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailEvents {
    /// Of this context; of all when none is given.
    pub context: Option<ContextName>,
    /// After this position of the context; 0 is the start.
    pub after: u64,
    /// Only the newest this many; none means all.
    pub newest: Option<usize>,
    /// Whether to wait for more.
    pub end: TailEnd,
}

/// What happens when there are no more events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TailEnd {
    /// The stream ends.
    Stop,
    /// It waits for what is to come.
    Follow,
}

impl TailEvents {
    /// Reads the request.
    pub fn from_proto(request: proto::TailEventsRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let context = wrong.parse_if_any(&request.context, &Path::of("context"));
            let after = not_negative(request.after_position, "after_position", wrong);
            let newest = not_negative(i64::from(request.newest), "newest", wrong);
            let (context, after) = (context?, after?);
            if context.is_none() && after > 0 {
                return wrong.note(&Path::of("after_position"), "needs a context");
            }
            Some(Self {
                context,
                after,
                newest: usize::try_from(newest?).ok().filter(|newest| *newest > 0),
                end: if request.follow {
                    TailEnd::Follow
                } else {
                    TailEnd::Stop
                },
            })
        })
    }
}

fn not_negative(number: i64, field: &str, wrong: &mut Wrong) -> Option<u64> {
    match u64::try_from(number) {
        Ok(number) => Some(number),
        Err(_) => wrong.note(&Path::of(field), "must not be negative"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_checked() {
        for (context, after_position, newest, fields) in [
            ("", 0, 0, &[][..]),
            ("orders", 7, 10, &[]),
            ("", 7, 0, &["after_position"]),
            ("letters", -1, -1, &["context", "after_position", "newest"]),
        ] {
            let answer = TailEvents::from_proto(proto::TailEventsRequest {
                context: context.to_owned(),
                after_position,
                newest,
                follow: true,
            });
            let mistakes = answer.err().map_or(vec![], |error| error.mistakes);
            let found: Vec<_> = mistakes
                .iter()
                .map(|mistake| mistake.field.as_str())
                .collect();
            assert_eq!(found, fields);
        }
    }

    #[test]
    fn a_timeline_is_found_by_any_name() {
        let timeline = |name: &str| {
            get_timeline_from_proto(proto::GetTimelineRequest {
                name: name.to_owned(),
            })
        };
        assert_eq!(timeline("refunds/7-F1"), Ok("7".parse().unwrap()));
        assert_eq!(timeline("").unwrap_err().mistakes[0].field, "name");
    }
}
