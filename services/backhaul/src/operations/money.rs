//! Money, added up again from the events alone: no rule that made them is asked.

use std::collections::{BTreeMap, HashMap, HashSet};

use backhaul_eventlog::Commit;
use backhaul_events::{Event, orders, refunds};
use backhaul_gateways::payment::sandbox::{LedgerEntry, LedgerStatus};
use backhaul_kernel::{LineId, Money, OrderId, PaymentId, RefundId, Tenant};

/// What is known of the money of all orders.
#[derive(Default)]
pub(super) struct Books {
    captured: HashMap<(Tenant, OrderId, PaymentId), Money>,
    orders: HashMap<(Tenant, OrderId), Refunds>,
    /// By our own reference: what the log says the provider paid.
    paid: BTreeMap<String, (Money, Paid)>,
    /// By our own reference: attempts that went into store credit, or that a person paid.
    elsewhere: HashSet<String>,
}

#[derive(Default)]
struct Refunds {
    attempts: HashMap<(RefundId, u32), Attempt>,
    grants: HashMap<RefundId, refunds::RefundProposed>,
    given_up: HashSet<RefundId>,
}

struct Attempt {
    payment: PaymentId,
    amount: Money,
    stands: Stands,
}

/// Whether an attempt holds money of its payment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Open,
    Succeeded,
    Free,
}

/// Whether the money is with the buyer, as the log says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paid {
    Yes,
    Reversed,
}

impl Books {
    /// Takes a commit into account.
    pub(super) fn add(&mut self, commit: &Commit) {
        let tenant = &commit.stream.tenant;
        for event in commit
            .events
            .iter()
            .filter_map(|recorded| recorded.event().ok())
        {
            match event {
                Event::Orders(orders::Event::PaymentCaptured(event)) => {
                    let key = (tenant.clone(), event.order.clone(), event.payment.clone());
                    self.captured.insert(key, event.amount);
                }
                Event::Refunds(event) => self.refund(tenant, event),
                _ => {}
            }
        }
    }

    fn refund(&mut self, tenant: &Tenant, event: &refunds::Event) {
        use refunds::Event as E;
        let mut stands = |refund: &RefundId, attempt: u32, stands: Stands| {
            let order = self
                .orders
                .entry((tenant.clone(), refund.order()))
                .or_default();
            if let Some(attempt) = order.attempts.get_mut(&(refund.clone(), attempt)) {
                attempt.stands = stands;
            }
        };
        match event {
            E::RefundSucceeded(event) => stands(&event.refund, event.attempt, Stands::Succeeded),
            E::RefundFailed(event) => stands(&event.refund, event.attempt, Stands::Free),
            E::RefundReversed(event) => stands(&event.refund, event.attempt, Stands::Free),
            _ => {}
        }
        match event {
            E::RefundProposed(event) => {
                let order = self
                    .orders
                    .entry((tenant.clone(), event.order.clone()))
                    .or_default();
                order.grants.insert(event.refund.clone(), event.clone());
            }
            E::RefundSubmitted(event) => {
                let (refund, payment) = (&event.refund, &event.payment);
                self.submitted(tenant, refund, event.attempt, payment, event.amount);
            }
            E::StoreCreditSubmitted(event) => {
                let (refund, payment) = (&event.refund, &event.payment);
                self.submitted(tenant, refund, event.attempt, payment, event.amount);
                self.elsewhere(refund, event.attempt);
            }
            E::ManualPayoutRequested(event) => {
                let (refund, payment) = (&event.refund, &event.payment);
                self.submitted(tenant, refund, event.attempt, payment, event.amount);
                self.elsewhere(refund, event.attempt);
            }
            E::RefundSucceeded(event) => self.paid(tenant, &event.refund, event.attempt, Paid::Yes),
            E::RefundReversed(event) => {
                self.paid(tenant, &event.refund, event.attempt, Paid::Reversed)
            }
            E::RefundRejected(event) => self.give_up(tenant, &event.refund),
            E::RefundCancelled(event) => self.give_up(tenant, &event.refund),
            // What a return is owed is asked for again, and given up no more.
            E::ApprovalExpired(event) => self.give_up(tenant, &event.refund),
            E::ApprovalRequested(event) => self.take_up(tenant, &event.refund),
            _ => {}
        }
    }

    fn submitted(
        &mut self,
        tenant: &Tenant,
        refund: &RefundId,
        number: u32,
        payment: &PaymentId,
        amount: Money,
    ) {
        let order = (tenant.clone(), refund.order());
        let attempt = Attempt {
            payment: payment.clone(),
            amount,
            stands: Stands::Open,
        };
        let attempts = &mut self.orders.entry(order).or_default().attempts;
        attempts.insert((refund.clone(), number), attempt);
    }

    /// No provider knows of the attempt.
    fn elsewhere(&mut self, refund: &RefundId, attempt: u32) {
        self.elsewhere.insert(format!("{refund}-A{attempt}"));
    }

    fn paid(&mut self, tenant: &Tenant, refund: &RefundId, attempt: u32, paid: Paid) {
        let order = self.orders.get(&(tenant.clone(), refund.order()));
        let amount = order.and_then(|order| order.attempts.get(&(refund.clone(), attempt)));
        let reference = format!("{refund}-A{attempt}");
        if self.elsewhere.contains(&reference) {
            return;
        }
        if let Some(amount) = amount.map(|attempt| attempt.amount) {
            self.paid.insert(reference, (amount, paid));
        }
    }

    fn give_up(&mut self, tenant: &Tenant, refund: &RefundId) {
        self.orders
            .entry((tenant.clone(), refund.order()))
            .or_default()
            .given_up
            .insert(refund.clone());
    }

    fn take_up(&mut self, tenant: &Tenant, refund: &RefundId) {
        if let Some(order) = self.orders.get_mut(&(tenant.clone(), refund.order())) {
            order.given_up.remove(refund);
        }
    }

    /// How many orders have refunds.
    pub(super) fn orders(&self) -> u64 {
        self.orders.len() as u64
    }

    /// Everything that does not add up.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for ((tenant, order), refunds) in &self.orders {
            self.payments(tenant, order, refunds, &mut findings);
            units(order, refunds, &mut findings);
            parts(refunds, &mut findings);
        }
        findings.sort();
        findings
    }

    /// No payment gives back, or reserves to give back, more than was captured.
    fn payments(
        &self,
        tenant: &Tenant,
        order: &OrderId,
        refunds: &Refunds,
        findings: &mut Vec<String>,
    ) {
        let mut held: HashMap<&PaymentId, i64> = HashMap::new();
        for attempt in refunds
            .attempts
            .values()
            .filter(|attempt| attempt.stands != Stands::Free)
        {
            let held = held.entry(&attempt.payment).or_default();
            *held = held.saturating_add(attempt.amount.minor);
        }
        for (payment, held) in held {
            let key = (tenant.clone(), order.clone(), payment.clone());
            let captured = self.captured.get(&key).map_or(0, |captured| captured.minor);
            if held > captured {
                findings.push(format!("order {order}: payment {payment} captured {captured}, {held} refunded or reserved"));
            }
        }
    }

    /// What the provider's books say beside ours: each refund once, and for the same amount.
    pub(super) fn against_provider(&self, ledger: &[LedgerEntry]) -> Vec<String> {
        let mut findings = Vec::new();
        let mut effects: HashMap<&str, u32> = HashMap::new();
        for entry in ledger {
            *effects.entry(entry.reference.as_str()).or_default() += 1;
            let ours = self.paid.get(&entry.reference);
            let theirs = matches!(entry.status, LedgerStatus::Succeeded);
            match ours {
                Some((amount, _)) if *amount != entry.amount => findings.push(format!(
                    "refund {}: the log says {amount}, the provider {}",
                    entry.reference, entry.amount
                )),
                Some((_, Paid::Yes))
                    if !theirs && !matches!(entry.status, LedgerStatus::Reversed(_)) =>
                {
                    findings.push(format!(
                        "refund {}: succeeded in the log, not at the provider",
                        entry.reference
                    ));
                }
                _ => {}
            }
        }
        for (reference, count) in effects {
            if count > 1 {
                findings.push(format!("refund {reference}: {count} times at the provider"));
            }
        }
        for reference in self.paid.keys() {
            if !ledger.iter().any(|entry| entry.reference == *reference) {
                findings.push(format!("refund {reference}: unknown to the provider"));
            }
        }
        findings.sort();
        findings
    }
}

/// The parts of a refund add up to it.
fn parts(refunds: &Refunds, findings: &mut Vec<String>) {
    for grant in refunds.grants.values() {
        let sum = Money::sum(
            grant.amount.currency,
            grant.parts.iter().map(|part| part.amount),
        );
        if sum != Ok(grant.amount) {
            findings.push(format!(
                "refund {}: its parts do not add up to {}",
                grant.refund, grant.amount
            ));
        }
    }
}

/// No unit is paid for twice. A refund all of whose attempts failed or came back holds none.
fn units(order: &OrderId, refunds: &Refunds, findings: &mut Vec<String>) {
    let mut paid: HashSet<(&LineId, u32)> = HashSet::new();
    for grant in refunds
        .grants
        .values()
        .filter(|grant| is_live(grant, refunds))
    {
        for range in &grant.units {
            for unit in range.first..range.first.saturating_add(range.count) {
                if !paid.insert((&range.line, unit)) {
                    findings.push(format!(
                        "order {order}: unit {unit} of line {} is paid for twice",
                        range.line
                    ));
                }
            }
        }
    }
}

fn is_live(grant: &refunds::RefundProposed, refunds: &Refunds) -> bool {
    if refunds.given_up.contains(&grant.refund) {
        return false;
    }
    let mut own = refunds
        .attempts
        .iter()
        .filter(|((refund, _), _)| *refund == grant.refund)
        .peekable();
    own.peek().is_none() || own.any(|(_, attempt)| attempt.stands != Stands::Free)
}
