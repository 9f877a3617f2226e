//! Keys of providers. They come from files and are never written anywhere.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Longer files hold no key.
const FILE_BYTES_MAX: usize = 64 * 1024;

/// A key. It shows itself to nobody who prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A file holds no key that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the key file {path} cannot be read: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is empty, too long, or its content is no text.
    #[error("the key file {0} holds no key")]
    NoKey(PathBuf),
    /// The key is not of the form that the provider gives out.
    #[error("the key is not {0}")]
    Form(&'static str),
}

impl Secret {
    /// A key that is at hand.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self(key.into())
    }

    /// The first key of a file.
    pub fn from_file(path: &Path) -> Result<Self, SecretError> {
        let mut keys = Self::all_from_file(path)?;
        Ok(keys.swap_remove(0))
    }

    /// Every key of a file, one a line, at least one: while a provider's key is being exchanged,
    /// the old one and the new one both count.
    pub fn all_from_file(path: &Path) -> Result<Vec<Self>, SecretError> {
        let content = std::fs::read(path).map_err(|source| SecretError::File {
            path: path.to_owned(),
            source,
        })?;
        let no_key = || SecretError::NoKey(path.to_owned());
        if content.len() > FILE_BYTES_MAX {
            return Err(no_key());
        }
        let text = String::from_utf8(content).map_err(|_| no_key())?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<Self> = lines.map(Self::new).collect();
        if keys.is_empty() {
            return Err(no_key());
        }
        Ok(keys)
    }

    /// The key that hexadecimal text stands for.
    pub(crate) fn decode_hexadecimal(&self) -> Result<Self, SecretError> {
        let form = || SecretError::Form("an even number of hexadecimal digits");
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let pair = |pair: &[u8]| match pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = self.0.chunks(2).map(pair).collect();
        bytes
            .filter(|bytes| !bytes.is_empty())
            .map(Self)
            .ok_or_else(form)
    }

    /// The key itself, for the one header that carries it.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether `signature` is the HMAC-SHA256 of these words under this key. Takes the same time
    /// whatever the signature.
    pub(crate) fn signed(&self, words: &[&[u8]], signature: &[u8]) -> bool {
        self.mac(words).verify_slice(signature).is_ok()
    }

    fn mac(&self, words: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for word in words {
            mac.update(word);
        }
        mac
    }
}

#[cfg(any(test, feature = "test-server"))]
impl Secret {
    /// The HMAC-SHA256 of these words under this key, as a provider computes it.
    pub fn sign(&self, words: &[&[u8]]) -> Vec<u8> {
        self.mac(words).finalize().into_bytes().to_vec()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show_itself() {
        let secret = Secret::new("sk_test_1");
        assert_eq!(
            format!("{secret:?} {:?}", Some(&secret)),
            "Secret Some(Secret)"
        );
    }

    #[test]
    fn files_hold_one_key_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for (content, keys) in [
            ("whsec_1\n", Some(&["whsec_1"][..])),
            ("  whsec_1 \r\n\nwhsec_2", Some(&["whsec_1", "whsec_2"])),
            ("", None),
            ("\n \n", None),
        ] {
            std::fs::write(&path, content).unwrap();
            let read = Secret::all_from_file(&path).ok();
            let keys: Option<Vec<Secret>> =
                keys.map(|keys| keys.iter().copied().map(Secret::new).collect());
            assert!(read == keys, "{content:?}");
        }
        std::fs::write(&path, [0xff; 8]).unwrap();
        let error = Secret::from_file(&path).unwrap_err().to_string();
        assert!(error.ends_with("holds no key"), "{error}");
        let error = Secret::from_file(&folder.path().join("none")).unwrap_err();
        assert!(matches!(error, SecretError::File { .. }));
    }

    #[test]
    fn hexadecimal_is_read_whole_or_not_at_all() {
        let read = |text: &str| Secret::new(text).decode_hexadecimal().ok();
        assert!(read("00fF1a") == Some(Secret::new([0x00, 0xff, 0x1a])));
        for wrong in ["", "0", "0g", "00 1a", "zz"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
