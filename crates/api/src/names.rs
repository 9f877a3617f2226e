//! Resource names, such as `orders/536365`.

use std::str::FromStr;

use backhaul_kernel::{
    ClaimId, ExchangeId, NotificationId, OrderId, ParcelId, PolicyId, RefundId, RepairId, ReturnId,
};

use crate::invalid::{Invalid, MISSING, Path, Wrong};

macro_rules! names {
    ($($(#[$doc:meta])* $format:ident, $parse:ident, $read:ident: $id:ty = $collection:literal;)*) => {$(
        $(#[$doc])*
        pub fn $format(id: &$id) -> String {
            format!(concat!($collection, "/{}"), id)
        }

        #[doc = concat!("The id in a name `", $collection, "/…`.")]
        pub fn $parse(field: &str, name: &str) -> Result<$id, Invalid> {
            id_in($collection, name).map_err(|description| Invalid {
                field: field.to_owned(),
                description,
            })
        }

        #[allow(dead_code, reason = "not every kind of name stands in a request body")]
        pub(crate) fn $read(name: &str, at: &Path<'_>, wrong: &mut Wrong) -> Option<$id> {
            match id_in($collection, name) {
                Ok(id) => Some(id),
                Err(description) => wrong.note(at, description),
            }
        }
    )*};
}

names! {
    /// `orders/{order}`.
    order_name, parse_order_name, order: OrderId = "orders";
    /// `returns/{return}`.
    return_name, parse_return_name, r#return: ReturnId = "returns";
    /// `refunds/{refund}`.
    refund_name, parse_refund_name, refund: RefundId = "refunds";
    /// `parcels/{parcel}`.
    parcel_name, parse_parcel_name, parcel: ParcelId = "parcels";
    /// `notifications/{notification}`.
    notification_name, parse_notification_name, notification: NotificationId = "notifications";
    /// `claims/{claim}`.
    claim_name, parse_claim_name, claim: ClaimId = "claims";
    /// `exchanges/{exchange}`.
    exchange_name, parse_exchange_name, exchange: ExchangeId = "exchanges";
    /// `repairs/{repair}`.
    repair_name, parse_repair_name, repair: RepairId = "repairs";
    /// `policies/{policy}`.
    policy_name, parse_policy_name, policy: PolicyId = "policies";
}

fn id_in<T: FromStr<Err: std::fmt::Display>>(collection: &str, name: &str) -> Result<T, String> {
    if name.is_empty() {
        return Err(MISSING.to_owned());
    }
    let id = name
        .strip_prefix(collection)
        .and_then(|rest| rest.strip_prefix('/'))
        .ok_or_else(|| format!("must begin with `{collection}/`"))?;
    id.parse().map_err(|error: T::Err| error.to_string())
}

/// The order of an order, or of anything numbered within one, given by resource name or by bare
/// id. A bare id that ends like `-R1` is taken for that of a return, a refund, a parcel, a
/// notification, a claim, an exchange or a repair; an order whose own id ends so has to be given as `orders/{order}`.
pub fn parse_order_of(field: &str, name: &str) -> Result<OrderId, Invalid> {
    let invalid = |description: String| Invalid {
        field: field.to_owned(),
        description,
    };
    match name.split_once('/') {
        Some(("orders", _)) => id_in("orders", name).map_err(invalid),
        Some(("returns", _)) => id_in("returns", name)
            .map(|id: ReturnId| id.order())
            .map_err(invalid),
        Some(("refunds", _)) => id_in("refunds", name)
            .map(|id: RefundId| id.order())
            .map_err(invalid),
        Some(("parcels", _)) => id_in("parcels", name)
            .map(|id: ParcelId| id.order())
            .map_err(invalid),
        Some(("notifications", _)) => id_in("notifications", name)
            .map(|id: NotificationId| id.order())
            .map_err(invalid),
        Some(("claims", _)) => id_in("claims", name)
            .map(|id: ClaimId| id.order())
            .map_err(invalid),
        Some(("exchanges", _)) => id_in("exchanges", name)
            .map(|id: ExchangeId| id.order())
            .map_err(invalid),
        Some(("repairs", _)) => id_in("repairs", name)
            .map(|id: RepairId| id.order())
            .map_err(invalid),
        Some(_) => Err(invalid(
            "names no order, return, refund, parcel, notification, claim, exchange or repair"
                .to_owned(),
        )),
        None if name.is_empty() => Err(invalid(MISSING.to_owned())),
        None => numbered_order(name)
            .map_or_else(|| name.parse(), Ok)
            .map_err(|error| invalid(error.to_string())),
    }
}

fn numbered_order(id: &str) -> Option<OrderId> {
    let r#return = id.parse().ok().map(|id: ReturnId| id.order());
    r#return
        .or_else(|| id.parse().ok().map(|id: RefundId| id.order()))
        .or_else(|| id.parse().ok().map(|id: ParcelId| id.order()))
        .or_else(|| id.parse().ok().map(|id: NotificationId| id.order()))
        .or_else(|| id.parse().ok().map(|id: ClaimId| id.order()))
        .or_else(|| id.parse().ok().map(|id: ExchangeId| id.order()))
        .or_else(|| id.parse().ok().map(|id: RepairId| id.order()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let order: OrderId = "536365".parse().unwrap();
        assert_eq!(order_name(&order), "orders/536365");
        assert_eq!(parse_order_name("name", "orders/536365"), Ok(order.clone()));
        let r#return = ReturnId::numbered(&order, 1);
        assert_eq!(
            parse_return_name("name", &return_name(&r#return)),
            Ok(r#return)
        );
        for bad in [
            "",
            "536365",
            "orders",
            "orders/",
            "orders/a.b",
            "orders/a*",
            "orders/a>",
            "orders/a b",
            "returns/536365",
            "orders/536365/lines/1",
        ] {
            let invalid = parse_order_name("order.name", bad).unwrap_err();
            assert_eq!(invalid.field, "order.name", "{bad}");
        }
    }

    #[test]
    fn everything_of_an_order_leads_to_it() {
        for (name, order) in [
            ("536365", Some("536365")),
            ("536365-R1", Some("536365")),
            ("536365-F2", Some("536365")),
            ("refunds/536365-F2", Some("536365")),
            ("parcels/536365-P1", Some("536365")),
            ("notifications/536365-N9", Some("536365")),
            ("orders/536365-R1", Some("536365-R1")),
            ("returns/536365", None),
            ("policies/default", None),
            ("", None),
            ("a b", None),
        ] {
            let found = parse_order_of("name", name).ok();
            assert_eq!(found, order.map(|id| id.parse().unwrap()), "{name}");
        }
    }
}
