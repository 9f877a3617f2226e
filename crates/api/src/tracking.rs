//! Tracking: requests to what is asked, and what happened to messages.

use backhaul_events::tracking::{CheckpointRecorded, Status};
use backhaul_kernel::{Country, ParcelId, ReturnId, Text, Timestamp};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::tracking::v1 as proto;
use crate::types::{some_text, text, timestamp, timestamp_to_proto};
use crate::words::same_words;

same_words! { "status", proto::Status, Status, status, status_to_proto:
    Announced HandedOver InTransit CustomsHeld OutForDelivery AttemptFailed AvailableForPickup
    Delivered ReturnedToSender Damaged Lost Unknown
}

/// What a carrier saw.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordCheckpoint {
    /// Of which parcel.
    pub parcel: ParcelReference,
    /// The carrier's id of the scan.
    pub scan: Text,
    /// In neutral words.
    pub status: Status,
    /// In the carrier's words.
    pub carrier_code: Text,
    /// Where.
    pub country: Option<Country>,
    /// When it was seen.
    pub seen_at: Timestamp,
}

/// How a carrier names a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelReference {
    /// By our id.
    Parcel(ParcelId),
    /// By its own number.
    TrackingNumber(Text),
}

impl RecordCheckpoint {
    /// Reads the report.
    pub fn from_proto(request: proto::RecordCheckpointRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let parcel = parcel(&request.name, request.tracking_number, wrong);
            let at = Path::of("checkpoint");
            let message = wrong.required(request.checkpoint, &at)?;
            let scan = some_text(message.scan, &at.field("scan"), wrong);
            let status = status(message.status, &at.field("status"), wrong);
            let carrier_code = text(message.carrier_code, &at.field("carrier_code"), wrong);
            let country = wrong.parse_if_any(&message.region_code, &at.field("region_code"));
            let seen_at = timestamp(message.see_time, &at.field("see_time"), wrong);
            Some(Self {
                parcel: parcel?,
                scan: scan?,
                status: status?,
                carrier_code: carrier_code?,
                country: country?,
                seen_at: seen_at?,
            })
        })
    }
}

fn parcel(name: &str, tracking_number: String, wrong: &mut Wrong) -> Option<ParcelReference> {
    if !name.is_empty() {
        let parcel = names::parcel(name, &Path::of("name"), wrong)?;
        return Some(ParcelReference::Parcel(parcel));
    }
    if tracking_number.is_empty() {
        return wrong.note(&Path::of("name"), "name or tracking_number must be given");
    }
    let number = some_text(tracking_number, &Path::of("tracking_number"), wrong)?;
    Some(ParcelReference::TrackingNumber(number))
}

/// The parcel asked for.
pub fn get_parcel_from_proto(request: proto::GetParcelRequest) -> Result<ParcelId, InvalidRequest> {
    convert(|wrong| names::parcel(&request.name, &Path::of("name"), wrong))
}

/// The parcel whose label is asked for.
pub fn get_label_from_proto(request: proto::GetLabelRequest) -> Result<ParcelId, InvalidRequest> {
    convert(|wrong| names::parcel(&request.name, &Path::of("name"), wrong))
}

/// Which parcels to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParcelFilter {
    /// Those of this return.
    pub r#return: Option<ReturnId>,
    /// The one with this number.
    pub tracking_number: Option<String>,
}

impl ParcelFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["return", "tracking_number"])?;
        Ok(Self {
            r#return: filter.name("return", names::parse_return_name)?,
            tracking_number: filter.value("tracking_number").map(str::to_owned),
        })
    }
}

/// The message of a scan.
pub fn checkpoint_to_proto(checkpoint: &CheckpointRecorded) -> proto::Checkpoint {
    let country = checkpoint.country.map(|country| country.to_string());
    proto::Checkpoint {
        scan: checkpoint.scan.to_string(),
        status: status_to_proto(checkpoint.status).into(),
        carrier_code: checkpoint.carrier_code.to_string(),
        region_code: country.unwrap_or_default(),
        see_time: Some(timestamp_to_proto(checkpoint.seen_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> proto::RecordCheckpointRequest {
        proto::RecordCheckpointRequest {
            request_id: "r".to_owned(),
            name: "parcels/1-P1".to_owned(),
            tracking_number: String::new(),
            checkpoint: Some(proto::Checkpoint {
                scan: "scan-1".to_owned(),
                status: proto::Status::Delivered.into(),
                carrier_code: "DLV".to_owned(),
                region_code: "DE".to_owned(),
                see_time: Some(prost_types::Timestamp {
                    seconds: 1_700_000_000,
                    nanos: 0,
                }),
            }),
        }
    }

    #[test]
    fn a_scan_reads_back_as_it_was_reported() {
        let scan = RecordCheckpoint::from_proto(request()).unwrap();
        let ParcelReference::Parcel(parcel) = scan.parcel else {
            panic!("{:?}", scan.parcel);
        };
        let recorded = CheckpointRecorded {
            parcel,
            scan: scan.scan,
            status: scan.status,
            carrier_code: scan.carrier_code,
            country: scan.country,
            seen_at: scan.seen_at,
        };
        assert_eq!(Some(checkpoint_to_proto(&recorded)), request().checkpoint);
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Change = fn(&mut proto::RecordCheckpointRequest, &mut proto::Checkpoint);
        let cases: [(Change, &[&str]); 9] = [
            (|_, _| {}, &[]),
            (|r, _| r.name = "1-P1".to_owned(), &["name"]),
            (|r, _| r.name.clear(), &["name"]),
            (
                |r, _| {
                    r.name.clear();
                    r.tracking_number = "LX123".to_owned();
                },
                &[],
            ),
            (|_, c| c.status = 0, &["checkpoint.status"]),
            (|_, c| c.status = 999, &["checkpoint.status"]),
            (
                |_, c| c.region_code = "UK".to_owned(),
                &["checkpoint.region_code"],
            ),
            (|_, c| c.see_time = None, &["checkpoint.see_time"]),
            (
                |_, c| {
                    c.scan.clear();
                    c.carrier_code = "\u{0}".to_owned();
                },
                &["checkpoint.scan", "checkpoint.carrier_code"],
            ),
        ];
        for (change, fields) in cases {
            let mut request = request();
            let mut checkpoint = request.checkpoint.take().unwrap();
            change(&mut request, &mut checkpoint);
            request.checkpoint = Some(checkpoint);
            let mistakes = RecordCheckpoint::from_proto(request)
                .err()
                .map_or(vec![], |error| error.mistakes);
            let found: Vec<_> = mistakes
                .iter()
                .map(|mistake| mistake.field.as_str())
                .collect();
            assert_eq!(found, fields);
        }
    }

    #[test]
    fn every_status_has_its_number() {
        for number in 1..=12 {
            let word = crate::invalid::convert(|wrong| status(number, &Path::of("status"), wrong));
            assert_eq!(i32::from(status_to_proto(word.unwrap())), number);
        }
    }

    #[test]
    fn parcels_are_listed_by_return_or_number() {
        let filter = ParcelFilter::from_proto(r#"return = "returns/1-R1" AND tracking_number = X"#);
        let expected = ParcelFilter {
            r#return: Some("1-R1".parse().unwrap()),
            tracking_number: Some("X".to_owned()),
        };
        assert_eq!(filter, Ok(expected));
        assert!(ParcelFilter::from_proto("return = 1-R1").is_err());
    }
}
