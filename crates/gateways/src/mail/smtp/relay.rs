//! Where mail goes, and how safely: parsed from a URL, so that a mistake is found at the start.

use std::net::IpAddr;
use std::str::FromStr;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use url::Url;

/// The port of a relay on this machine, and of relays without TLS.
const PORT_PLAIN: u16 = 25;
/// Submission with STARTTLS (RFC 6409).
const PORT_STARTTLS: u16 = 587;
/// Submission with TLS from the first byte (RFC 8314).
const PORT_TLS: u16 = 465;

/// The URL names no relay that may be used. It may hold a password and is not repeated here.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRelay {
    /// It cannot be parsed.
    #[error("the mail relay is not a URL: {0}")]
    NotAUrl(#[from] url::ParseError),
    /// It is for something else.
    #[error("the scheme of a mail relay is smtp or smtps, not `{0}`")]
    Scheme(String),
    /// It names no host.
    #[error("the URL of the mail relay names no host")]
    NoHost,
    /// A password, user or greeting name that is not text on one line.
    #[error("the {0} of the mail relay is not text on one line")]
    NotText(&'static str),
    /// Mail would cross a network in the clear, and nobody asked for that.
    #[error(
        "mail to {host} would be sent unencrypted; use smtps://, or ?tls=required, or ask for it with ?tls=none"
    )]
    Unencrypted {
        /// The relay.
        host: String,
    },
    /// A part of the query means nothing to us.
    #[error("the mail relay has no parameter `{name}` with that value")]
    Parameter {
        /// Its name.
        name: String,
    },
    /// The host cannot be used for TLS.
    #[error("the mail relay {host} cannot be used with tls: {source}")]
    Tls {
        /// The relay.
        host: String,
        /// Why.
        source: Error,
    },
}

/// One relay.
pub(super) struct Relay {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
}

/// When the connection is encrypted.
enum Security {
    Never,
    AfterGreeting(TlsParameters),
    FromTheStart(TlsParameters),
}

/// There is no usable connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// Nobody listens there.
    #[error(transparent)]
    Network(#[from] std::io::Error),
    /// The relay is not what the URL says, or refuses us.
    #[error(transparent)]
    Protocol(#[from] Error),
}

impl Relay {
    /// A connection that is greeted, encrypted and logged in. The caller bounds the time.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Unusable> {
        let mut connection = match &self.security {
            Security::FromTheStart(tls) => self.connect_encrypted(tls).await?,
            Security::Never | Security::AfterGreeting(_) => self.connect_in_the_clear().await?,
        };
        if let Security::AfterGreeting(tls) = &self.security {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    async fn connect_encrypted(&self, tls: &TlsParameters) -> Result<AsyncSmtpConnection, Error> {
        let address = (self.host.as_str(), self.port);
        let tls = Some(tls.clone());
        AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, tls, None).await
    }

    /// The end of a body is a small packet of its own. It must not wait until the relay has
    /// acknowledged the body, which costs 40 ms a mail.
    async fn connect_in_the_clear(&self) -> Result<AsyncSmtpConnection, Unusable> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let stream = Box::new(stream);
        Ok(AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?)
    }
}

impl FromStr for Relay {
    type Err = InvalidRelay;

    fn from_str(text: &str) -> Result<Self, InvalidRelay> {
        let url = Url::parse(text)?;
        if !["smtp", "smtps"].contains(&url.scheme()) {
            return Err(InvalidRelay::Scheme(url.scheme().to_owned()));
        }
        let host = host(&url)?;
        let query = Query::of(&url)?;
        let tls = || {
            TlsParameters::new(host.clone()).map_err(|source| InvalidRelay::Tls {
                host: host.clone(),
                source,
            })
        };
        let (security, port) = match (url.scheme(), query.tls.as_deref()) {
            ("smtps", None) => (Security::FromTheStart(tls()?), PORT_TLS),
            ("smtp", Some("required")) => (Security::AfterGreeting(tls()?), PORT_STARTTLS),
            ("smtp", Some("none")) => (Security::Never, PORT_PLAIN),
            ("smtp", None) if is_this_machine(&host) => (Security::Never, PORT_PLAIN),
            ("smtp", None) => return Err(InvalidRelay::Unencrypted { host }),
            _ => return Err(InvalidRelay::Parameter { name: "tls".into() }),
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            security,
            credentials: credentials(&url)?,
            hello: query.hello.map_or_else(ClientId::default, ClientId::Domain),
            host,
        })
    }
}

/// The parameters after the question mark.
#[derive(Default)]
struct Query {
    tls: Option<String>,
    hello: Option<String>,
}

impl Query {
    fn of(url: &Url) -> Result<Self, InvalidRelay> {
        let mut query = Self::default();
        for (name, value) in url.query_pairs() {
            match &*name {
                "tls" => query.tls = Some(value.into_owned()),
                "hello" => query.hello = Some(hello(&value)?),
                _ => {
                    return Err(InvalidRelay::Parameter {
                        name: name.into_owned(),
                    });
                }
            }
        }
        Ok(query)
    }
}

/// The name goes into a command, so it may hold nothing that ends one.
fn hello(value: &str) -> Result<String, InvalidRelay> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value.to_owned())
    } else {
        Err(InvalidRelay::NotText("greeting name"))
    }
}

fn host(url: &Url) -> Result<String, InvalidRelay> {
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or(InvalidRelay::NoHost)?;
    Ok(host.trim_matches(['[', ']']).to_owned())
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn credentials(url: &Url) -> Result<Option<Credentials>, InvalidRelay> {
    if url.username().is_empty() {
        return Ok(None);
    }
    let user = decode(url.username(), "user")?;
    let password = decode(url.password().unwrap_or_default(), "password")?;
    Ok(Some(Credentials::new(user, password)))
}

fn decode(text: &str, part: &'static str) -> Result<String, InvalidRelay> {
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| InvalidRelay::NotText(part))?;
    if text.chars().any(char::is_control) {
        return Err(InvalidRelay::NotText(part));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(url: &str) -> String {
        match url.parse::<Relay>() {
            Ok(relay) => {
                let security = match relay.security {
                    Security::Never => "plain",
                    Security::AfterGreeting(_) => "starttls",
                    Security::FromTheStart(_) => "tls",
                };
                let login = if relay.credentials.is_some() {
                    " login"
                } else {
                    ""
                };
                format!("{} {} {security}{login}", relay.host, relay.port)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_says_where_and_how_safely() {
        for (url, expected) in [
            (
                "smtps://u:p@mail.example.com",
                "mail.example.com 465 tls login",
            ),
            ("smtps://mail.example.com:2465", "mail.example.com 2465 tls"),
            (
                "smtp://u:p%40ss@mail.example.com?tls=required",
                "mail.example.com 587 starttls login",
            ),
            ("smtp://127.0.0.1:2525", "127.0.0.1 2525 plain"),
            ("smtp://localhost", "localhost 25 plain"),
            ("smtp://[::1]:2525", "::1 2525 plain"),
            (
                "smtp://mail.example.com?tls=none",
                "mail.example.com 25 plain",
            ),
            ("smtp://localhost?hello=a.example", "localhost 25 plain"),
        ] {
            assert_eq!(described(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_unsafe_or_senseless_is_refused_by_name_and_without_the_password() {
        for (url, part) in [
            (
                "smtp://u:secret@mail.example.com",
                "mail.example.com would be sent unencrypted",
            ),
            ("smtp://127.0.0.1.example.com", "unencrypted"),
            ("smtp://u:secret@10.0.0.1:25", "unencrypted"),
            (
                "smtp://u:secret@mail.example.com?tls=opportunistic",
                "parameter `tls`",
            ),
            (
                "smtps://u:secret@mail.example.com?tls=none",
                "parameter `tls`",
            ),
            ("smtp://localhost?tsl=required", "parameter `tsl`"),
            ("smtp://localhost?hello=a%0d%0aQUIT", "greeting name"),
            ("smtp://u:secret%0d%0aQUIT@localhost", "password"),
            ("smtp://u%ff:secret@localhost", "user"),
            ("http://u:secret@mail.example.com", "not `http`"),
            ("mail.example.com", "not a URL"),
            ("smtp:", "no host"),
            ("", "not a URL"),
        ] {
            let text = described(url);
            assert!(text.contains(part), "{url}: {text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
