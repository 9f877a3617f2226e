//! Writes data to stdout, and nothing else does: text for people, JSON for programs. A resource as
//! JSON is the message in the standard JSON form of protobuf.

use std::io::{self, Write};
use std::sync::LazyLock;

use anyhow::Context as _;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;

/// In which form a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

static CONTRACTS: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(backhaul_api::DESCRIPTORS).expect("the contracts were compiled")
});

/// A message of the contract as JSON; `type_name` such as `backhaul.orders.v1.Order`.
pub fn to_json(type_name: &str, message: &impl Message) -> anyhow::Result<Value> {
    let descriptor = descriptor(type_name)?;
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
    let options = SerializeOptions::new().stringify_64_bit_integers(false);
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options)?)
}

/// A message of the contract as a report: every field, under the names of the contract.
pub fn to_report(type_name: &str, message: &impl Message) -> anyhow::Result<Value> {
    let descriptor = descriptor(type_name)?;
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options)?)
}

/// A message of the contract from its standard JSON form.
pub fn from_json<M: Message + Default>(type_name: &str, json: &str) -> anyhow::Result<M> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor(type_name)?, &mut reader)?;
    reader.end()?;
    Ok(message.transcode_to()?)
}

fn descriptor(type_name: &str) -> anyhow::Result<MessageDescriptor> {
    let descriptor = CONTRACTS.get_message_by_name(type_name);
    descriptor.with_context(|| format!("the contracts have no {type_name}"))
}

/// Writes JSON over several lines.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Writes JSON in one line: for streams of it.
pub fn print_json_line(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string(value)?)
}

/// Writes text and a line feed. A reader that has seen enough, such as `head`, is no failure.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}
