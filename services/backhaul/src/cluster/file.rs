//! What a data folder remembers of its cluster, so that a command finds the processes, and can
//! start them again as they were.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

const FILE: &str = "cluster.json";

/// How large a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// nats-servers: one, or three.
    pub nodes: u8,
    /// Processes of each service.
    pub processes: u8,
}

/// The cluster of a data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterFile {
    /// How large it is.
    #[serde(flatten)]
    pub size: Size,
    /// Where the servers answer; empty while they do not run.
    #[serde(default)]
    pub servers: Vec<String>,
    /// By service, where its processes answer; empty while they do not run.
    #[serde(default)]
    pub services: BTreeMap<String, Vec<String>>,
}

impl ClusterFile {
    /// The cluster of a folder, if it has one.
    pub fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(FILE);
        let content = match std::fs::read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let file = serde_json::from_slice(&content);
        file.with_context(|| format!("{} cannot be understood", path.display()))
            .map(Some)
    }

    /// A cluster of which nothing runs.
    pub fn stopped(size: Size) -> Self {
        Self {
            size,
            servers: Vec::new(),
            services: BTreeMap::new(),
        }
    }

    /// Where all processes answer, each once; none when none runs.
    pub fn addresses(&self) -> Option<Vec<String>> {
        let mut addresses: Vec<String> = self.services.values().flatten().cloned().collect();
        addresses.sort_unstable();
        addresses.dedup();
        (!addresses.is_empty()).then_some(addresses)
    }

    /// Puts the file there whole.
    pub fn write(&self, data: &Path) -> anyhow::Result<()> {
        let (path, aside) = (data.join(FILE), data.join("cluster.json.new"));
        let json = serde_json::to_vec_pretty(self)?;
        std::fs::write(&aside, json)
            .and_then(|()| std::fs::rename(&aside, &path))
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_remembers_its_cluster() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ClusterFile::read(folder.path()).unwrap(), None);
        let size = Size {
            nodes: 3,
            processes: 2,
        };
        let mut file = ClusterFile::stopped(size);
        assert_eq!(file.addresses(), None);
        for (service, address) in [("orders", "a"), ("returns", "b"), ("returns", "a")] {
            let addresses = file.services.entry(service.to_owned()).or_default();
            addresses.push(address.to_owned());
        }
        file.write(folder.path()).unwrap();
        let read = ClusterFile::read(folder.path()).unwrap().unwrap();
        assert_eq!(read, file);
        assert_eq!(read.addresses().unwrap(), ["a", "b"]);
        std::fs::write(folder.path().join(FILE), b"{").unwrap();
        assert!(ClusterFile::read(folder.path()).is_err());
    }
}
