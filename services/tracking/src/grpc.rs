//! Every method of the tracking service.

use backhaul_api::names::parcel_name;
use backhaul_api::proto::tracking::v1::tracking_service_server::TrackingService;
use backhaul_api::proto::tracking::v1::{
    GetLabelRequest, GetLabelResponse, GetParcelRequest, GetParcelResponse, ListParcelsRequest,
    ListParcelsResponse, Parcel, RecordCheckpointRequest, RecordCheckpointResponse,
};
use backhaul_api::tracking::{self as api, ParcelReference};
use backhaul_engine::Intent;
use backhaul_eventlog::ReadError;
use backhaul_events::tracking::{CheckpointRecorded, Event as TrackingEvent};
use backhaul_events::{ContextName, Event};
use backhaul_gateways::carrier::DocumentAnswer;
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{OrderId, ParcelId, Tenant};
use backhaul_tracking::{Command, Label};
use tonic::{Request, Response, Status};

use crate::core::stream;
use crate::{Service, numbers, resource};

#[tonic::async_trait]
impl TrackingService for Service {
    async fn record_checkpoint(
        &self,
        request: Request<RecordCheckpointRequest>,
    ) -> Result<Response<RecordCheckpointResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RecordCheckpoint::from_proto)?;
        let parcel = self.named(&intent.tenant, asked.parcel).await?;
        let command = Command::RecordCheckpoint {
            parcel: parcel.clone(),
            scan: asked.scan,
            status: asked.status,
            carrier_code: asked.carrier_code,
            country: asked.country,
            seen_at: asked.seen_at,
        };
        let intent = Intent {
            occurred_at: Some(asked.seen_at),
            ..intent
        };
        let decided = self.core.execute(&parcel.order(), command, &intent).await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let scans = self.scans(&intent.tenant, &parcel.order()).await?;
        let parcel = decided.state.parcel(&parcel);
        let parcel = parcel.map(|parcel| resource::parcel(parcel, &scans, decided.version));
        Ok(answer(
            RecordCheckpointResponse { parcel },
            ContextName::Tracking,
            decided.position,
        ))
    }

    async fn get_parcel(
        &self,
        request: Request<GetParcelRequest>,
    ) -> Result<Response<GetParcelResponse>, Status> {
        let (query, id) = calls::query(request, api::get_parcel_from_proto)?;
        let Some((parcel, position)) = self.found(&query.caller.tenant, &id).await? else {
            return Err(status::not_found("PARCEL_NOT_FOUND", &parcel_name(&id)));
        };
        Ok(answer(
            GetParcelResponse {
                parcel: Some(parcel),
            },
            ContextName::Tracking,
            position,
        ))
    }

    async fn list_parcels(
        &self,
        request: Request<ListParcelsRequest>,
    ) -> Result<Response<ListParcelsResponse>, Status> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::ParcelFilter::from_proto)?;
        let order = filter
            .r#return
            .as_ref()
            .map(backhaul_kernel::ReturnId::order);
        let prefix = order.map(|order| format!("{order}-P")).unwrap_or_default();
        let (parcels, next_page_token) =
            paging::fill(&query, &page, &self.listing, &prefix, async |id| {
                let Ok(id) = id.parse::<ParcelId>() else {
                    return Ok(None);
                };
                let found = self.found(&query.caller.tenant, &id).await?;
                Ok(found.map(|(parcel, _)| parcel).filter(|parcel| {
                    let name = filter
                        .r#return
                        .as_ref()
                        .map(backhaul_api::names::return_name);
                    name.is_none_or(|name| parcel.r#return == name)
                        && filter
                            .tracking_number
                            .as_ref()
                            .is_none_or(|number| parcel.tracking_number == *number)
                }))
            })
            .await?;
        Ok(Response::new(ListParcelsResponse {
            parcels,
            next_page_token,
        }))
    }

    async fn get_label(
        &self,
        request: Request<GetLabelRequest>,
    ) -> Result<Response<GetLabelResponse>, Status> {
        let (query, id) = calls::query(request, api::get_label_from_proto)?;
        let parcels = self
            .core
            .load(&query.caller.tenant, &id.order())
            .await
            .map_err(unreadable)?;
        let missing = || status::not_found("PARCEL_NOT_FOUND", &parcel_name(&id));
        let parcel = parcels.state.parcel(&id).ok_or_else(missing)?;
        let Label::Issued {
            tracking_number, ..
        } = &parcel.label
        else {
            return Err(status::precondition(
                "LABEL_NOT_ISSUED",
                &parcel_name(&id),
                "the parcel has no label yet",
            ));
        };
        match self.carrier.label_document(tracking_number.as_str()).await {
            DocumentAnswer::Found(document) => Ok(Response::new(GetLabelResponse {
                media_type: document.media_type.to_owned(),
                content: document.bytes,
            })),
            DocumentAnswer::NotFound => {
                Err(status::not_found("LABEL_NOT_FOUND", &parcel_name(&id)))
            }
            DocumentAnswer::Unreachable { .. } => Err(status::unreachable(
                "CARRIER_UNREACHABLE",
                "the carrier does not answer",
            )),
        }
    }
}

impl Service {
    /// The parcel that a carrier names.
    async fn named(&self, tenant: &Tenant, reference: ParcelReference) -> Result<ParcelId, Status> {
        let number = match reference {
            ParcelReference::Parcel(parcel) => return Ok(parcel),
            ParcelReference::TrackingNumber(number) => number,
        };
        let row = self
            .numbers
            .table()
            .get(&numbers::key(tenant, number.as_str()));
        let row = row.map_err(|_| status::behind())?;
        let parcel = row.and_then(|row| String::from_utf8(row).ok()?.parse().ok());
        parcel.ok_or_else(|| status::not_found("PARCEL_NOT_FOUND", "parcels/-"))
    }

    async fn found(&self, tenant: &Tenant, id: &ParcelId) -> Result<Option<(Parcel, u64)>, Status> {
        let parcels = self
            .core
            .load(tenant, &id.order())
            .await
            .map_err(unreadable)?;
        let Some(parcel) = parcels.state.parcel(id) else {
            return Ok(None);
        };
        let scans = self.scans(tenant, &id.order()).await?;
        Ok(Some((
            resource::parcel(parcel, &scans, parcels.version),
            parcels.position,
        )))
    }

    /// Every scan of an order's parcels. Decisions need only the last, so it is read from the
    /// stream when somebody asks.
    async fn scans(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Vec<CheckpointRecorded>, Status> {
        let commits = self
            .core
            .engine
            .log
            .read_stream(&stream(tenant, order), 0)
            .await
            .map_err(unreadable)?;
        let scan = |recorded: &backhaul_eventlog::Recorded| match recorded.event() {
            Ok(Event::Tracking(TrackingEvent::CheckpointRecorded(scan))) => Some(scan.clone()),
            _ => None,
        };
        Ok(commits
            .iter()
            .flat_map(|commit| commit.events.iter().filter_map(scan))
            .collect())
    }
}

fn unreadable(error: ReadError) -> Status {
    status::unreadable(&error)
}
