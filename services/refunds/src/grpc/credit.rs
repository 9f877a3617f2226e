//! Store credit and gift cards, as callers ask for them.

use backhaul_api::proto::refunds::v1::{
    CreditLot, GetStoreCreditRequest, IssueStoreCreditRequest, RedeemStoreCreditRequest,
    SetStoreCreditStandingRequest, StoreCredit,
};
use backhaul_api::refunds::{self as api, CreditKey, owner_to_proto};
use backhaul_api::types::{money_to_proto, timestamp_to_proto, version_to_proto};
use backhaul_engine::{Decided, Intent};
use backhaul_events::refunds::Source;
use backhaul_host::{calls, status};
use backhaul_kernel::{AccountId, Money, Timestamp};
use backhaul_refunds::account::{AccountStanding, Accounts, Command, LotEnd, account_of};
use tonic::{Request, Status};

use crate::Service;
use crate::core::account_stream;

type Answer = Result<(Option<StoreCredit>, u64), Status>;

impl Service {
    pub(super) async fn issue_credit(&self, request: Request<IssueStoreCreditRequest>) -> Answer {
        let (intent, asked) = calls::command(request, api::IssueStoreCredit::from_proto)?;
        let account = account_of(&asked.owner, asked.amount.currency);
        let command = Command::Issue {
            owner: asked.owner,
            amount: asked.amount,
            source: Source::Merchant {
                reference: asked.reference,
            },
            expires_at: asked.expires_at,
        };
        self.on_account(&account, command, &intent).await
    }

    pub(super) async fn redeem_credit(&self, request: Request<RedeemStoreCreditRequest>) -> Answer {
        let (intent, asked) = calls::command(request, api::RedeemStoreCredit::from_proto)?;
        let account = account_of(&asked.owner, asked.amount.currency);
        let command = Command::Redeem {
            account: account.clone(),
            reference: asked.reference,
            amount: asked.amount,
        };
        self.on_account(&account, command, &intent).await
    }

    pub(super) async fn set_credit_standing(
        &self,
        request: Request<SetStoreCreditStandingRequest>,
    ) -> Answer {
        let (intent, asked) = calls::command(request, api::SetStanding::from_proto)?;
        let account = named(&asked.account);
        let note = asked.note;
        let command = match asked.frozen {
            true => Command::Freeze {
                account: account.clone(),
                note,
            },
            false => Command::Unfreeze {
                account: account.clone(),
                note,
            },
        };
        self.on_account(&account, command, &intent).await
    }

    pub(super) async fn find_credit(&self, request: Request<GetStoreCreditRequest>) -> Answer {
        let (query, key) = calls::query(request, api::get_store_credit_from_proto)?;
        let account = named(&key);
        let stream = account_stream(&query.caller.tenant, &account);
        let known = self.core.accounts.load(&stream).await;
        let known = known.map_err(|error| status::unreadable(&error))?;
        let found = shown(&account, &known, self.core.clock.now());
        if found.is_none() {
            let name = format!("storeCredits/{account}");
            return Err(status::not_found("ACCOUNT_UNKNOWN", &name));
        }
        Ok((found, known.position))
    }

    async fn on_account(&self, account: &AccountId, command: Command, intent: &Intent) -> Answer {
        let stream = account_stream(&intent.tenant, account);
        let decided = self.core.accounts.execute(&stream, command, intent).await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let shown = shown(account, &decided, self.core.clock.now());
        Ok((shown, decided.position))
    }
}

fn named(key: &CreditKey) -> AccountId {
    account_of(&key.owner, key.currency)
}

fn shown(account: &AccountId, known: &Decided<Accounts>, now: Timestamp) -> Option<StoreCredit> {
    let state = &known.state;
    let (owner, currency) = (state.owner.as_ref()?, state.currency()?);
    let money = |minor| Some(money_to_proto(Money::new(minor, currency)));
    let lots = state.lots.iter().map(|lot| CreditLot {
        lot: lot.lot,
        issued: Some(money_to_proto(lot.issued)),
        left: match lot.ended {
            LotEnd::NotYet => money(lot.left),
            LotEnd::Reached => money(0),
        },
        expire_time: lot.expires_at.map(timestamp_to_proto),
    });
    Some(StoreCredit {
        name: format!("storeCredits/{account}"),
        owner: Some(owner_to_proto(owner)),
        balance: money(state.balance(now)),
        frozen: state.standing == AccountStanding::Frozen,
        lots: lots.collect(),
        version: version_to_proto(known.version),
    })
}
