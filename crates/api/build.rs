//! Compiles `proto/` in pure Rust: no protoc is needed on any machine.

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());

    let contexts = [
        "types",
        "orders",
        "returns",
        "refunds",
        "tracking",
        "notifications",
        "operations",
    ];
    let files: Vec<PathBuf> = contexts
        .iter()
        .map(|context| root.join(format!("backhaul/{context}/v1/{context}.proto")))
        .collect();
    let beside = ["claims", "exchanges"];
    let beside = beside.map(|file| root.join(format!("backhaul/returns/v1/{file}.proto")));
    let files = [files, beside.to_vec()].concat();
    let descriptors = protox::compile(&files, [&root])?;

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), prost_bytes(&descriptors))?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}

fn prost_bytes(descriptors: &impl prost::Message) -> Vec<u8> {
    descriptors.encode_to_vec()
}
