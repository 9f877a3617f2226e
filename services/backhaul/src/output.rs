//! Writes data to stdout, and nothing else does: text for people, JSON for programs. A resource as
//! JSON is the message in the standard JSON form of protobuf.

use std::io::{self, Write};
use std::sync::LazyLock;

use anyhow::Context as _;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
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
    let descriptor = CONTRACTS
        .get_message_by_name(type_name)
        .with_context(|| format!("the contracts have no {type_name}"))?;
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
    let options = SerializeOptions::new().stringify_64_bit_integers(false);
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options)?)
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
