//! Every method of the notifications service.

use backhaul_api::InvalidRequest;
use backhaul_api::names::notification_name;
use backhaul_api::notifications as api;
use backhaul_api::proto::notifications::v1::notifications_service_server::NotificationsService;
use backhaul_api::proto::notifications::v1::{
    GetNotificationRequest, GetNotificationResponse, ListNotificationsRequest,
    ListNotificationsResponse, Notification, PreviewNotificationRequest,
    PreviewNotificationResponse,
};
use backhaul_events::ContextName;
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{NotificationId, Tenant};
use backhaul_notifications::{RenderError, render};
use tonic::{Request, Response, Status};

use crate::core::stream;
use crate::{Service, resource};

#[tonic::async_trait]
impl NotificationsService for Service {
    async fn get_notification(
        &self,
        request: Request<GetNotificationRequest>,
    ) -> Result<Response<GetNotificationResponse>, Status> {
        let (query, id) = calls::query(request, api::get_notification_from_proto)?;
        let Some((notification, position)) = self.found(&query.caller.tenant, &id).await? else {
            return Err(status::not_found(
                "NOTIFICATION_NOT_FOUND",
                &notification_name(&id),
            ));
        };
        let message = GetNotificationResponse {
            notification: Some(notification),
        };
        Ok(answer(message, ContextName::Notifications, position))
    }

    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::NotificationFilter::from_proto)?;
        let prefix = filter
            .order
            .as_ref()
            .map(|order| format!("{order}-N"))
            .unwrap_or_default();
        let (notifications, next_page_token) =
            paging::fill(&query, &page, &self.listing, &prefix, async |id| {
                let Ok(id) = id.parse::<NotificationId>() else {
                    return Ok(None);
                };
                if filter
                    .order
                    .as_ref()
                    .is_some_and(|order| *order != id.order())
                {
                    return Ok(None);
                }
                let found = self
                    .found(&query.caller.tenant, &id)
                    .await?
                    .map(|(notification, _)| notification);
                Ok(found.filter(|found| filter.state.is_none_or(|state| found.state() == state)))
            })
            .await?;
        Ok(Response::new(ListNotificationsResponse {
            notifications,
            next_page_token,
        }))
    }

    async fn preview_notification(
        &self,
        request: Request<PreviewNotificationRequest>,
    ) -> Result<Response<PreviewNotificationResponse>, Status> {
        let (_, asked) = calls::query(request, api::PreviewNotification::from_proto)?;
        let rendered = render(asked.template, &asked.language, &asked.variables, None);
        let rendered = rendered.map_err(|error| {
            let (RenderError::FactMissing(fact) | RenderError::FactInvalid(fact)) = &error;
            status::invalid(&InvalidRequest::one(
                format!("variables.{fact}"),
                error.to_string(),
            ))
        })?;
        Ok(Response::new(PreviewNotificationResponse {
            subject: rendered.subject,
            body: rendered.body,
            language_code: rendered.language.to_string(),
        }))
    }
}

impl Service {
    async fn found(
        &self,
        tenant: &Tenant,
        id: &NotificationId,
    ) -> Result<Option<(Notification, u64)>, Status> {
        let order = id.order();
        let known = self
            .core
            .load(tenant, &order)
            .await
            .map_err(|error| status::unreadable(&error))?;
        let Some(notification) = known.state.notification(id) else {
            return Ok(None);
        };
        let commits = self
            .core
            .engine
            .log
            .read_stream(&stream(tenant, &order), 0)
            .await;
        let commits = commits.map_err(|error| status::unreadable(&error))?;
        Ok(Some((
            resource::notification(notification, &commits, known.version),
            known.position,
        )))
    }
}
