use std::time::Duration;

use backhaul_api::proto::notifications::v1 as proto;
use backhaul_api::proto::notifications::v1::notifications_service_client::NotificationsServiceClient;
use backhaul_host::{Limits, MESSAGE_BYTES_MAX};
use futures::FutureExt;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use tonic_types::StatusExt;

use crate::support::{Running, start, start_usual};

const SERVICE: &str = "backhaul.notifications.v1.NotificationsService";
const DRAIN: Duration = Duration::from_millis(100);

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("{status} gives no reason"));
    info.reason.clone()
}

#[tokio::test]
async fn only_health_answers_strangers() {
    let running = start_usual().await;
    let channel = running.channel().await;
    assert_eq!(running.get(&channel, "x").await.unwrap(), "main/admin");

    let mut client = NotificationsServiceClient::new(channel.clone());
    for token in [
        None,
        Some("Bearer "),
        Some("Bearer x"),
        Some("Basic x"),
        Some(&*running.token),
    ] {
        let mut request = Request::new(proto::GetNotificationRequest::default());
        if let Some(token) = token {
            request
                .metadata_mut()
                .insert("authorization", token.parse().unwrap());
        }
        let status = client.get_notification(request).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unauthenticated, "TOKEN")
        );
        assert!(status.get_error_details().bad_request().is_none());
    }

    let mut health = HealthClient::new(channel.clone());
    for service in [SERVICE, ""] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let stranger = Request::new(futures::stream::empty());
    let status = ServerReflectionClient::new(channel)
        .server_reflection_info(stranger)
        .await;
    assert_eq!(status.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn reflection_shows_every_contract() {
    let running = start_usual().await;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let request = running.request(futures::stream::iter([ask]));
    let mut client = ServerReflectionClient::new(running.channel().await);
    let mut answers = client
        .server_reflection_info(request)
        .await
        .unwrap()
        .into_inner();
    let Some(ServerReflectionResponse {
        message_response: Some(MessageResponse::ListServicesResponse(list)),
        ..
    }) = answers.message().await.unwrap()
    else {
        panic!("no list");
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for name in [
        SERVICE,
        "backhaul.orders.v1.OrdersService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_told_so() {
    let limits = Limits {
        answer_within: Duration::from_millis(50),
        ..Limits::default()
    };
    let running = start(limits, DRAIN).await;
    let status = running
        .get(&running.channel().await, "hang")
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::DeadlineExceeded, "DEADLINE")
    );
}

#[tokio::test]
async fn a_panic_is_a_plain_internal_error_and_breaks_nothing_else() {
    let running = start_usual().await;
    let channel = running.channel().await;
    let status = running.get(&channel, "panic").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!format!("{status:?}").contains("secret"));
    assert!(running.get(&channel, "x").await.is_ok());
}

#[tokio::test]
async fn an_internal_error_without_a_reason_is_not_passed_on() {
    let running = start_usual().await;
    let mut client = NotificationsServiceClient::new(running.channel().await);
    let request = running.request(proto::ListNotificationsRequest::default());
    let status = client.list_notifications(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!status.message().contains("secret"));
}

/// Sends a message of another shape to a method that reads a string in field 1.
async fn send<M: prost::Message + Default + 'static>(running: &Running, message: M) -> Status {
    let mut grpc: Grpc<Channel> = Grpc::new(running.channel().await);
    grpc.ready().await.unwrap();
    let path: PathAndQuery = format!("/{SERVICE}/GetNotification").parse().unwrap();
    let codec = ProstCodec::<M, proto::GetNotificationResponse>::default();
    let answer = grpc.unary(running.request(message), path, codec).await;
    answer.unwrap_err()
}

#[tokio::test]
async fn unreadable_bytes_are_the_callers_mistake() {
    let running = start_usual().await;
    let wrong_type = prost_types::Timestamp {
        seconds: 1,
        nanos: 1,
    };
    let no_utf8: Vec<u8> = vec![0xff, 0xfe];
    for status in [
        send(&running, wrong_type).await,
        send(&running, no_utf8).await,
    ] {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "MALFORMED")
        );
        assert!(!status.message().contains("decode"), "{status}");
    }
}

#[tokio::test]
async fn a_message_over_its_limit_is_too_much() {
    let running = start_usual().await;
    let channel = running.channel().await;
    let status = running
        .get(&channel, &"x".repeat(MESSAGE_BYTES_MAX))
        .await
        .unwrap_err();
    let expected = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert_eq!((status.code(), reason(&status).as_str()), expected);
}

#[tokio::test]
async fn too_many_calls_are_turned_away_but_health_still_answers() {
    for (limits, why) in [
        (
            Limits {
                calls: 1,
                ..Limits::default()
            },
            "CALLS",
        ),
        (
            Limits {
                calls_per_tenant: 1,
                ..Limits::default()
            },
            "CALLS_OF_TENANT",
        ),
    ] {
        let running = start(limits, DRAIN).await;
        let channel = running.channel().await;
        let hanging = running.get(&channel, "hang");
        tokio::pin!(hanging);
        tokio::select! {
            _ = &mut hanging => panic!("it answered"),
            () = running.hangs.notified() => {}
        }
        let status = running.get(&channel, "x").await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::ResourceExhausted, why)
        );
        assert!(
            status
                .get_error_details()
                .retry_info()
                .unwrap()
                .retry_delay
                .is_some()
        );
        let health = HealthClient::new(channel.clone())
            .check(HealthCheckRequest::default())
            .await;
        assert!(health.is_ok());
        assert!(hanging.now_or_never().is_none());
    }
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let running = start_usual().await;
    let mut grpc: Grpc<Channel> = Grpc::new(running.channel().await);
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let path = PathAndQuery::from_static("/backhaul.orders.v1.OrdersService/Forget");
    let answer = grpc.unary(running.request(()), path, codec).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
}
