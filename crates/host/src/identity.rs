//! Who calls: access tokens, and the file that knows them.
//!
//! A token is 256 random bits. Only its SHA-256 is kept, so whoever reads the file cannot call;
//! and because a token cannot be guessed, one plain hash is enough. The file is read again when it
//! changes: a token that was just made, or taken away, counts at once.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use backhaul_kernel::{Actor, Tenant, Tier, Timestamp};
use rand::TryRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::calls::Caller;
use crate::private;

/// The file that knows the tokens, in the folder of the secrets.
pub const TOKENS_FILE: &str = "tokens.json";
/// The file that holds the first administrator's token, in the folder of the secrets.
pub const ACCESS_TOKEN_FILE: &str = "access-token";
/// The merchant of a deployment that has only one.
pub const MAIN_TENANT: &str = "main";
/// The account of the first token.
const FIRST_ACCOUNT: &str = "admin";
/// Bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;
/// Longest account name, in bytes.
const ACCOUNT_BYTES_MAX: usize = 64;

/// Tokens cannot be kept or made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("the tokens in {path} cannot be read or written")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is damaged.
    #[error("the tokens in {path} cannot be understood")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The account cannot have a token.
    #[error("`{0}` is no account name: 1 to 64 of `A-Z a-z 0-9 . _ -` are")]
    Account(String),
    /// Only BACKHAUL itself acts as the system.
    #[error("no token is given out for tier {}", Tier::System.name())]
    SystemTier,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoRandomness,
}

/// What a token lets its owner do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The merchant.
    pub tenant: Tenant,
    /// The account name, no personal data.
    pub account: String,
    /// What the account may decide.
    pub tier: Tier,
    /// When the token stops working; none never does.
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Register {
    tokens: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    /// SHA-256 of the token, in hexadecimal.
    digest: String,
    tenant: Tenant,
    account: String,
    tier: Tier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// The tokens of a deployment.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    register: Register,
    edition: Option<Edition>,
}

/// Tells one writing of the file from the next. The time alone does not: clocks of file systems
/// tick in milliseconds. But each writing is a file of its own.
#[derive(Debug, PartialEq, Eq)]
struct Edition {
    changed_at: SystemTime,
    inode: u64,
    bytes: u64,
}

impl Edition {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            changed_at: metadata.modified().ok()?,
            inode: metadata.ino(),
            bytes: metadata.len(),
        })
    }
}

impl Tokens {
    /// Reads the tokens of a folder of secrets. In a new one, makes the first administrator's
    /// token and puts it into [`ACCESS_TOKEN_FILE`]; of several processes that begin on the same
    /// folder, one does.
    pub fn open(secrets: &Path) -> Result<Self, IdentityError> {
        let path = secrets.join(TOKENS_FILE);
        if read(&path)?.is_none() {
            alone(secrets, || match read(&path)? {
                None => begin(secrets),
                Some(_) => Ok(()),
            })?;
        }
        let known = Known {
            edition: Edition::of(&path),
            register: read(&path)?.unwrap_or_default(),
        };
        Ok(Self {
            path,
            known: Mutex::new(known),
        })
    }

    /// Whose token it is, if it is known and still holds.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let digest = digest_of(token);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.refresh(&self.path);
        let entry = known.register.find(&digest)?;
        if entry.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        Some(Caller {
            tenant: entry.tenant.clone(),
            actor: Actor {
                name: entry.account.clone(),
                tier: entry.tier,
            },
        })
    }
}

impl Known {
    /// Reads the file again when it is another one. One that cannot be read changes nothing.
    fn refresh(&mut self, path: &Path) {
        let edition = Edition::of(path);
        if edition == self.edition {
            return;
        }
        match read(path) {
            Ok(Some(register)) => {
                self.register = register;
                self.edition = edition;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "changed tokens were not taken over"),
        }
    }
}

impl Register {
    /// Compares with every entry, each in constant time, so that time tells nothing.
    fn find(&self, digest: &str) -> Option<&Entry> {
        let mut found = None;
        for entry in &self.tokens {
            if bool::from(entry.digest.as_bytes().ct_eq(digest.as_bytes())) {
                found = Some(entry);
            }
        }
        found
    }
}

/// Makes a token and gives it back: the only time that it can be seen.
pub fn create_token(secrets: &Path, grant: &Grant) -> Result<String, IdentityError> {
    check(grant)?;
    let token = hexadecimal(&random::<TOKEN_BYTES>()?);
    alone(secrets, || enter(secrets, grant, &token))?;
    Ok(token)
}

/// The first administrator. The token lies there before it is known: a crash in between makes
/// another, and never leaves one that nobody has.
fn begin(secrets: &Path) -> Result<(), IdentityError> {
    let token = hexadecimal(&random::<TOKEN_BYTES>()?);
    let path = secrets.join(ACCESS_TOKEN_FILE);
    private::write(&path, token.as_bytes())
        .map_err(|source| IdentityError::File { path, source })?;
    enter(secrets, &first_grant(), &token)
}

/// Does the work while no other process makes tokens there.
fn alone<T>(
    secrets: &Path,
    work: impl FnOnce() -> Result<T, IdentityError>,
) -> Result<T, IdentityError> {
    let outcome = private::alone(secrets, || Ok(work()));
    outcome.map_err(|source| IdentityError::File {
        path: secrets.to_owned(),
        source,
    })?
}

/// Makes a token known.
fn enter(secrets: &Path, grant: &Grant, token: &str) -> Result<(), IdentityError> {
    let path = secrets.join(TOKENS_FILE);
    let mut register = read(&path)?.unwrap_or_default();
    register.tokens.push(Entry {
        digest: digest_of(token),
        tenant: grant.tenant.clone(),
        account: grant.account.clone(),
        tier: grant.tier,
        expires_at: grant.expires_at,
    });
    let json = serde_json::to_vec_pretty(&register);
    let json = json.expect("a register has string keys and no numbers");
    private::write(&path, &json).map_err(|source| IdentityError::File { path, source })
}

fn check(grant: &Grant) -> Result<(), IdentityError> {
    let account = grant.account.as_str();
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if !(1..=ACCOUNT_BYTES_MAX).contains(&account.len()) || !account.bytes().all(usual) {
        return Err(IdentityError::Account(account.chars().take(80).collect()));
    }
    match grant.tier {
        Tier::System => Err(IdentityError::SystemTier),
        Tier::Platform | Tier::Warehouse | Tier::Agent | Tier::Expert | Tier::Admin => Ok(()),
    }
}

fn first_grant() -> Grant {
    Grant {
        tenant: MAIN_TENANT.parse().expect("the name is a tenant"),
        account: FIRST_ACCOUNT.to_owned(),
        tier: Tier::Admin,
        expires_at: None,
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const BYTES: usize>() -> Result<[u8; BYTES], IdentityError> {
    let mut bytes = [0; BYTES];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| IdentityError::NoRandomness)?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Option<Register>, IdentityError> {
    let content = private::read(path).map_err(|source| IdentityError::File {
        path: path.to_owned(),
        source,
    })?;
    let parse = |content: Vec<u8>| {
        serde_json::from_slice(&content).map_err(|source| IdentityError::Damaged {
            path: path.to_owned(),
            source,
        })
    };
    content.map(parse).transpose()
}

fn digest_of(token: &str) -> String {
    hexadecimal(&Sha256::digest(token.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn now() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().unwrap()
    }

    fn grant(account: &str, tier: Tier, expires_at: Option<Timestamp>) -> Grant {
        Grant {
            tenant: "shop".parse().unwrap(),
            account: account.to_owned(),
            tier,
            expires_at,
        }
    }

    #[test]
    fn a_new_deployment_has_one_administrator() {
        let data = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(data.path()).unwrap();
        let file = data.path().join(ACCESS_TOKEN_FILE);
        let token = std::fs::read_to_string(&file).unwrap();
        assert_eq!(token.len(), 2 * TOKEN_BYTES);
        let caller = tokens.verify(&token, now()).unwrap();
        assert_eq!(
            (caller.tenant.as_str(), caller.actor.tier),
            (MAIN_TENANT, Tier::Admin)
        );
        for secret in [ACCESS_TOKEN_FILE, TOKENS_FILE] {
            let mode = std::fs::metadata(data.path().join(secret))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let register = std::fs::read_to_string(data.path().join(TOKENS_FILE)).unwrap();
        assert!(!register.contains(&token));

        let again = Tokens::open(data.path()).unwrap();
        assert!(again.verify(&token, now()).is_some());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), token);
    }

    #[test]
    fn only_whole_known_tokens_hold_and_only_until_they_end() {
        let data = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(data.path()).unwrap();
        let end = "2026-03-01T10:00:01Z".parse().unwrap();
        let token = create_token(
            data.path(),
            &grant("shop-backend", Tier::Platform, Some(end)),
        )
        .unwrap();
        assert_eq!(
            tokens.verify(&token, now()).unwrap().actor.name,
            "shop-backend"
        );
        assert_eq!(tokens.verify(&token, end), None);
        for wrong in ["", &token[1..], &token.to_uppercase(), &format!("{token}0")] {
            assert_eq!(tokens.verify(wrong, now()), None);
        }
    }

    #[test]
    fn not_everybody_gets_a_token() {
        let data = tempfile::tempdir().unwrap();
        for (account, tier) in [
            ("", Tier::Agent),
            ("a b", Tier::Agent),
            ("someone@example.com", Tier::Agent),
            ("backhaul", Tier::System),
        ] {
            assert!(create_token(data.path(), &grant(account, tier, None)).is_err());
        }
    }

    #[test]
    fn processes_that_begin_together_have_one_administrator() {
        let secrets = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Tokens::open(secrets.path()).unwrap());
            }
        });
        let register = read(&secrets.path().join(TOKENS_FILE)).unwrap().unwrap();
        assert_eq!(register.tokens.len(), 1);
        let token = std::fs::read_to_string(secrets.path().join(ACCESS_TOKEN_FILE)).unwrap();
        assert!(register.find(&digest_of(&token)).is_some());
    }

    #[test]
    fn a_damaged_register_lets_nobody_in() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(TOKENS_FILE), b"{").unwrap();
        assert!(matches!(
            Tokens::open(data.path()),
            Err(IdentityError::Damaged { .. })
        ));
    }
}
