//! The configuration that is deployed, on this machine: the files of `deploy/nats`, with passwords
//! and certificates made anew whenever a cluster starts.
//!
//! The key that signs the certificates is forgotten at once, so nobody can make another one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand::Rng as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::configuration::{Place, write_private};

/// The files, as they are deployed.
const FILES: [(&str, &str); 4] = [
    (SERVER, include_str!("../../../deploy/nats/server.conf")),
    (NODE, include_str!("../../../deploy/nats/node.conf")),
    (
        "accounts.conf",
        include_str!("../../../deploy/nats/accounts.conf"),
    ),
    (
        "sites.conf",
        include_str!("../../../deploy/nats/sites.conf"),
    ),
];
/// Configures one of three servers.
const SERVER: &str = "server.conf";
/// Configures a server that is alone.
const NODE: &str = "node.conf";

/// What the names of all passwords begin with, in the files and in the environment.
const PASSWORD: &str = "BACKHAUL_NATS_PASSWORD_";
/// Bytes of randomness in a password.
const PASSWORD_BYTES: usize = 24;
/// On this machine there is one disk; that it is not filled up is not for the server to know.
const STORE_MAX: &str = "1TB";

/// Passwords or certificates could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A certificate could not be made.
    #[error("certificates for the cluster could not be made")]
    Certificate(#[from] rcgen::Error),
    /// A file could not be written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// How to get into a cluster with the deployed configuration.
#[derive(Debug)]
pub struct Access {
    folder: PathBuf,
    /// By the names of the variables.
    passwords: BTreeMap<String, String>,
}

impl Access {
    /// Writes everything that servers and clients need into a folder.
    pub(crate) fn prepare(folder: &Path) -> Result<Self, AccessError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let access = Self {
            folder: folder.to_owned(),
            passwords: variables().map(|name| (name, password())).collect(),
        };
        for (name, text) in FILES {
            access.write(name, text)?;
        }
        access.certificates()?;
        for (variable, password) in &access.passwords {
            access.write(&password_file(variable), password)?;
        }
        Ok(access)
    }

    /// Who signed the servers' certificates, as a file.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The file that holds a user's password, such as that of `returns`.
    #[must_use]
    pub fn password_file(&self, user: &str) -> PathBuf {
        self.folder.join(password_file(&variable(user)))
    }

    /// A user's password; none if there is no such user.
    #[must_use]
    pub fn password(&self, user: &str) -> Option<&str> {
        self.passwords.get(&variable(user)).map(String::as_str)
    }

    /// The file that a server is started with.
    pub(crate) fn configuration(&self, place: &Place) -> PathBuf {
        self.folder.join(match place.cluster {
            Some(_) => SERVER,
            None => NODE,
        })
    }

    /// The variables of a server's environment.
    pub(crate) fn environment(&self, place: &Place) -> Vec<(String, String)> {
        let mut values = vec![
            ("NAME", place.name.clone()),
            ("LISTEN", place.client.to_string()),
            ("MONITOR", place.monitor.to_string()),
            ("STORE", place.store().display().to_string()),
            ("CERT", self.folder.join("server.pem").display().to_string()),
            (
                "KEY",
                self.folder.join("server-key.pem").display().to_string(),
            ),
            ("CA", self.ca_file().display().to_string()),
        ];
        if let Some(cluster) = &place.cluster {
            values.push(("ROUTE_LISTEN", cluster.listen.to_string()));
            values.push(("ROUTE_ADVERTISE", cluster.advertise.to_string()));
        }
        let routes = place.cluster.iter().flat_map(|cluster| &cluster.routes);
        // The server reads a value as it would read it in the file; in quotes it is always a text.
        let quoted = |name: String, value: String| (name, format!("{value:?}"));
        values
            .into_iter()
            .map(|(name, value)| quoted(format!("BACKHAUL_NATS_{name}"), value))
            .chain(routes.enumerate().map(|(index, route)| {
                let name = format!("BACKHAUL_NATS_ROUTE_{}", index + 1);
                quoted(name, format!("nats-route://{route}"))
            }))
            .chain([("BACKHAUL_NATS_STORE_MAX".to_owned(), STORE_MAX.to_owned())])
            .chain(self.passwords.clone())
            .collect()
    }

    /// One certificate for all servers: they are all on this machine.
    fn certificates(&self) -> Result<(), AccessError> {
        let mut authority = CertificateParams::default();
        authority
            .distinguished_name
            .push(DnType::CommonName, "backhaul on this machine");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut server = CertificateParams::new(names)?;
        // A server that connects to another one is its client.
        server.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate()?;
        let server = server.signed_by(&key, &authority)?;

        self.write("ca.pem", &authority.pem())?;
        self.write("server.pem", &server.pem())?;
        self.write("server-key.pem", &key.serialize_pem())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), AccessError> {
        let path = self.folder.join(name);
        write_private(&path, text.as_bytes()).map_err(at(&path))
    }
}

/// The variables of all passwords that the files ask for.
fn variables() -> impl Iterator<Item = String> {
    FILES.into_iter().flat_map(|(_, text)| {
        text.split('$').skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            name.starts_with(PASSWORD).then(|| name.to_owned())
        })
    })
}

fn variable(user: &str) -> String {
    PASSWORD.to_owned() + &user.to_uppercase().replace('-', "_")
}

fn password_file(variable: &str) -> String {
    let user = variable.trim_start_matches(PASSWORD).to_lowercase();
    format!("{}.password", user.replace('_', "-"))
}

/// Begins with a letter, so that no server takes it for a number.
fn password() -> String {
    let mut bytes = [0; PASSWORD_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    std::iter::once("p".to_owned()).chain(digits).collect()
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> AccessError {
    let path = path.to_owned();
    move |source| AccessError::File { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn every_user_has_a_password_of_its_own_that_others_can_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::prepare(folder.path()).unwrap();
        let returns = access.password("returns").unwrap();
        assert_ne!(access.password("refunds"), Some(returns));
        assert_ne!(access.password("acme-harbour"), None);
        assert_eq!(access.password("nobody"), None);
        let file = access.password_file("returns");
        assert_eq!(fs::read_to_string(&file).unwrap(), returns);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
