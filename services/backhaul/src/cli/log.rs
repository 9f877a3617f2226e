//! Which log a process uses, and how it proves who it is to the servers of one on a cluster.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use backhaul_eventlog_nats::{Access, Login, Options, Tls};
use clap::Args;

/// The log on a cluster, and who this process is there.
#[derive(Debug, Clone, Default, Args)]
pub struct NatsLogin {
    /// User on the cluster
    #[arg(
        long,
        value_name = "NAME",
        env = "BACKHAUL_NATS_USER",
        requires = "nats_password_file"
    )]
    pub nats_user: Option<String>,
    /// File of the user's password
    #[arg(
        long,
        value_name = "FILE",
        env = "BACKHAUL_NATS_PASSWORD_FILE",
        requires = "nats_user"
    )]
    pub nats_password_file: Option<PathBuf>,
    /// Credentials file of the user, instead of name and password
    #[arg(long, value_name = "FILE", env = "BACKHAUL_NATS_CREDS")]
    pub nats_creds: Option<PathBuf>,
    /// File of the user's nkey seed, instead of name and password
    #[arg(long, value_name = "FILE", env = "BACKHAUL_NATS_NKEY")]
    pub nats_nkey: Option<PathBuf>,
    /// Certificate of whoever signed those of the servers
    #[arg(long, value_name = "FILE", env = "BACKHAUL_NATS_CA")]
    pub nats_ca: Option<PathBuf>,
    /// Certificate of this process
    #[arg(
        long,
        value_name = "FILE",
        env = "BACKHAUL_NATS_CERT",
        requires = "nats_key"
    )]
    pub nats_cert: Option<PathBuf>,
    /// Key of the certificate
    #[arg(
        long,
        value_name = "FILE",
        env = "BACKHAUL_NATS_KEY",
        requires = "nats_cert"
    )]
    pub nats_key: Option<PathBuf>,
    /// Subject prefix under which answers arrive, when not `_INBOX_` and the user's name
    #[arg(long, value_name = "PREFIX", env = "BACKHAUL_NATS_INBOX")]
    pub nats_inbox: Option<String>,
    /// User of the system account, by which the process sees for itself whether events are durable
    #[arg(
        long,
        value_name = "NAME",
        env = "BACKHAUL_NATS_SYSTEM_USER",
        requires = "nats_system_password_file"
    )]
    pub nats_system_user: Option<String>,
    /// File of that user's password
    #[arg(
        long,
        value_name = "FILE",
        env = "BACKHAUL_NATS_SYSTEM_PASSWORD_FILE",
        requires = "nats_system_user"
    )]
    pub nats_system_password_file: Option<PathBuf>,
}

impl NatsLogin {
    /// How the log at these addresses, with commas between, is reached.
    pub fn options(&self, servers: &str, access: Access, name: &str) -> anyhow::Result<Options> {
        Ok(Options {
            servers: servers
                .split(',')
                .map(|server| server.trim().to_owned())
                .collect(),
            user: self.user()?,
            inbox: self.nats_inbox.clone(),
            tls: self.tls(),
            contexts: access,
            name: name.to_owned(),
            system: by_name(&self.nats_system_user, &self.nats_system_password_file)?,
            ..Options::default()
        })
    }

    fn user(&self) -> anyhow::Result<Login> {
        let by_name = by_name(&self.nats_user, &self.nats_password_file)?;
        let by_file = self.nats_creds.clone().map(Login::Credentials);
        let by_key = self.nats_nkey.clone().map(Login::Nkey);
        let mut ways = [by_name, by_file, by_key].into_iter().flatten();
        let way = ways.next().unwrap_or_default();
        if ways.next().is_some() {
            bail!("only one of password, credentials and nkey says who this process is");
        }
        Ok(way)
    }

    fn tls(&self) -> Option<Tls> {
        let asked = self.nats_ca.is_some() || self.nats_cert.is_some();
        asked.then(|| Tls {
            ca: self.nats_ca.clone(),
            cert: self.nats_cert.clone(),
            key: self.nats_key.clone(),
        })
    }
}

fn by_name(user: &Option<String>, file: &Option<PathBuf>) -> anyhow::Result<Option<Login>> {
    let (Some(user), Some(file)) = (user, file) else {
        return Ok(None);
    };
    let (user, password) = (user.clone(), password(file)?);
    Ok(Some(Login::Password { user, password }))
}

fn password(file: &Path) -> anyhow::Result<String> {
    let password = std::fs::read_to_string(file)
        .with_context(|| format!("the password cannot be read from {}", file.display()))?;
    Ok(password.trim().to_owned())
}
