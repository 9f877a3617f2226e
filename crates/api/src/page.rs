//! Pages of lists: how large, and where the next one begins.
//!
//! A page token is the last key of the page before, sealed with a key that only the deployment
//! knows, over the tenant, the list and the filter as well. A token that was made up, or made for
//! another merchant, list or filter, is refused; nothing else is kept between two pages.

use backhaul_kernel::Tenant;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::invalid::InvalidRequest;
use crate::requests::ListRequest;

/// Rows of a page when the caller names no number.
pub const PAGE_SIZE_DEFAULT: usize = 50;
/// Most rows of a page.
pub const PAGE_SIZE_MAX: usize = 500;
/// Bytes of the seal within a token: 128 bits cannot be guessed.
const SEAL_BYTES: usize = 16;
/// Longest token, in characters.
const TOKEN_CHARS_MAX: usize = 1_024;

/// The secret under which page tokens are sealed.
#[derive(Clone)]
pub struct PageKey([u8; 32]);

impl std::fmt::Debug for PageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageKey")
    }
}

/// One page of a list, as asked for.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many rows at most, from 1.
    pub size: usize,
    /// The key after which it begins; none is the start.
    pub after: Option<Vec<u8>>,
    list: &'static str,
    tenant: Tenant,
    filter: String,
    key: PageKey,
}

impl PageKey {
    /// The secret of a deployment: 256 random bits.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    fn seal(&self, tenant: &Tenant, list: &str, filter: &str, last: &[u8]) -> Hmac<Sha256> {
        let mut seal = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length is allowed");
        for part in [
            tenant.as_str().as_bytes(),
            list.as_bytes(),
            filter.as_bytes(),
            last,
        ] {
            seal.update(&(part.len() as u64).to_be_bytes());
            seal.update(part);
        }
        seal
    }
}

impl Page {
    /// Reads which page of a merchant's list is asked for.
    pub fn from_proto<R: ListRequest>(
        request: &R,
        tenant: &Tenant,
        key: &PageKey,
    ) -> Result<Self, InvalidRequest> {
        let mut page = Self {
            size: size(request.page_size())?,
            after: None,
            list: R::LIST,
            tenant: tenant.clone(),
            filter: request.filter().to_owned(),
            key: key.clone(),
        };
        if !request.page_token().is_empty() {
            let last = page.open(request.page_token()).ok_or_else(|| {
                InvalidRequest::one("page_token", "was not given out for this list")
            })?;
            page.after = Some(last);
        }
        Ok(page)
    }

    /// The token of the page that begins after the row with this key.
    pub fn token_after(&self, last: &[u8]) -> String {
        let seal = self.key.seal(&self.tenant, self.list, &self.filter, last);
        let mut token = seal.finalize().into_bytes()[..SEAL_BYTES].to_vec();
        token.extend_from_slice(last);
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, last) = token.split_at_checked(SEAL_BYTES)?;
        let expected = self.key.seal(&self.tenant, self.list, &self.filter, last);
        expected.verify_truncated_left(seal).ok()?;
        Some(last.to_vec())
    }
}

fn size(size: i32) -> Result<usize, InvalidRequest> {
    match usize::try_from(size) {
        Ok(0) => Ok(PAGE_SIZE_DEFAULT),
        Ok(size) => Ok(size.min(PAGE_SIZE_MAX)),
        Err(_) => Err(InvalidRequest::one("page_size", "must not be negative")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{orders::v1::ListOrdersRequest, returns::v1::ListReturnsRequest};

    fn orders(page_size: i32, page_token: &str, filter: &str) -> ListOrdersRequest {
        ListOrdersRequest {
            page_size,
            page_token: page_token.to_owned(),
            filter: filter.to_owned(),
        }
    }

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    #[test]
    fn sizes_have_a_default_and_a_bound() {
        for (asked, size) in [
            (0, Some(50)),
            (1, Some(1)),
            (500, Some(500)),
            (100_000, Some(500)),
            (-1, None),
        ] {
            let page =
                Page::from_proto(&orders(asked, "", ""), &tenant("a"), &PageKey::new([1; 32]));
            match (page, size) {
                (Ok(page), Some(size)) => assert_eq!(page.size, size),
                (Err(error), None) => assert_eq!(error.mistakes[0].field, "page_size"),
                (page, _) => panic!("{asked}: {page:?}"),
            }
        }
    }

    #[test]
    fn a_token_holds_only_where_it_was_given_out() {
        let key = PageKey::new([1; 32]);
        let page = Page::from_proto(&orders(0, "", "f"), &tenant("a"), &key).unwrap();
        let token = page.token_after(b"536365");
        let next = Page::from_proto(&orders(0, &token, "f"), &tenant("a"), &key).unwrap();
        assert_eq!(next.after.as_deref(), Some(&b"536365"[..]));

        let refused = |answer: Result<Page, InvalidRequest>, what: &str| {
            assert_eq!(
                answer.unwrap_err().mistakes[0].field,
                "page_token",
                "{what}"
            );
        };
        let of = |token: &str| orders(0, token, "f");
        refused(
            Page::from_proto(&of(&token), &tenant("b"), &key),
            "another merchant",
        );
        refused(
            Page::from_proto(&orders(0, &token, "g"), &tenant("a"), &key),
            "another filter",
        );
        refused(
            Page::from_proto(&of(&token), &tenant("a"), &PageKey::new([2; 32])),
            "another deployment",
        );
        let returns = ListReturnsRequest {
            page_size: 0,
            page_token: token.clone(),
            filter: "f".to_owned(),
        };
        refused(
            Page::from_proto(&returns, &tenant("a"), &key),
            "another list",
        );
        for forged in [
            "x",
            "536365",
            "====",
            &token[1..],
            &format!("{token}A"),
            &"A".repeat(5_000),
        ] {
            refused(Page::from_proto(&of(forged), &tenant("a"), &key), forged);
        }
    }
}
