//! The answer of a checked condition. Its steps are no more than the condition has parts.

use std::collections::BTreeMap;

use backhaul_events::returns::BuyerBefore;

use super::{Calculation, Comparison, NoAnswer, Node, Search, Variable};

/// What a condition is asked with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Inputs<'a> {
    pub(crate) country: &'a str,
    pub(crate) region: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) buyer_group: &'a str,
    pub(crate) category: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) grade: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) is_final_sale: bool,
    pub(crate) worth: i64,
    pub(crate) order_worth: i64,
    pub(crate) quantity: i64,
    pub(crate) bought: i64,
    pub(crate) days_since_order: i64,
    pub(crate) days_since_delivery: i64,
    pub(crate) returns_before: i64,
    pub(crate) kept_before: i64,
    pub(crate) buyer: Option<&'a BuyerBefore>,
    pub(crate) labels: Option<&'a BTreeMap<String, String>>,
}

/// What a part of a condition gives. The checker has proven which of them it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    Bool(bool),
    Int(i64),
    Text(&'a str),
}

type Answer<T> = Result<T, NoAnswer>;

/// The truth of a condition.
pub(super) fn truth(node: &Node, inputs: &Inputs<'_>) -> Answer<bool> {
    match value(node, inputs)? {
        Value::Bool(truth) => Ok(truth),
        Value::Int(_) | Value::Text(_) => unreachable_type(),
    }
}

fn value<'a>(node: &'a Node, inputs: &Inputs<'a>) -> Answer<Value<'a>> {
    let bool = |answer: Answer<bool>| answer.map(Value::Bool);
    match node {
        Node::Bool(value) => Ok(Value::Bool(*value)),
        Node::Int(value) => Ok(Value::Int(*value)),
        Node::Text(value) => Ok(Value::Text(value)),
        Node::Variable(variable) => Ok(variable.value(inputs)),
        Node::Label(name) => {
            let name = text(name, inputs)?;
            let label = inputs.labels.and_then(|labels| labels.get(name));
            label
                .map(|label| Value::Text(label))
                .ok_or(NoAnswer::NoLabel)
        }
        Node::HasLabel(name) => {
            let name = text(name, inputs)?;
            let has = inputs
                .labels
                .is_some_and(|labels| labels.contains_key(name));
            Ok(Value::Bool(has))
        }
        Node::Not(inner) => bool(truth(inner, inputs).map(|truth| !truth)),
        Node::Negate(inner) => {
            let negated = int(inner, inputs)?.checked_neg();
            negated.map(Value::Int).ok_or(NoAnswer::Overflow)
        }
        Node::And(both) => bool(decided_by(false, both, inputs)),
        Node::Or(both) => bool(decided_by(true, both, inputs)),
        Node::If(parts) => {
            let [condition, yes, no] = &**parts;
            match truth(condition, inputs)? {
                true => value(yes, inputs),
                false => value(no, inputs),
            }
        }
        Node::Compare(comparison, both) => {
            let [left, right] = &**both;
            let (left, right) = (value(left, inputs)?, value(right, inputs)?);
            Ok(Value::Bool(match comparison {
                Comparison::Equal => left == right,
                Comparison::NotEqual => left != right,
                Comparison::Less => left < right,
                Comparison::LessOrEqual => left <= right,
                Comparison::Greater => left > right,
                Comparison::GreaterOrEqual => left >= right,
            }))
        }
        Node::Calculate(calculation, both) => {
            let [left, right] = &**both;
            calculate(*calculation, int(left, inputs)?, int(right, inputs)?).map(Value::Int)
        }
        Node::Search(search, both) => {
            let [whole, part] = &**both;
            let (whole, part) = (text(whole, inputs)?, text(part, inputs)?);
            Ok(Value::Bool(match search {
                Search::StartsWith => whole.starts_with(part),
                Search::EndsWith => whole.ends_with(part),
                Search::Contains => whole.contains(part),
            }))
        }
        Node::Size(inner) => {
            let count = text(inner, inputs)?.chars().count();
            Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
        }
        Node::OneOf(item, elements) => {
            let item = value(item, inputs)?;
            let mut found = false;
            for element in elements {
                found |= value(element, inputs)? == item;
            }
            Ok(Value::Bool(found))
        }
    }
}

/// As CEL has it: one side that decides makes up for the other having no answer.
fn decided_by(deciding: bool, both: &[Node; 2], inputs: &Inputs<'_>) -> Answer<bool> {
    let [left, right] = both;
    match truth(left, inputs) {
        Ok(left) if left == deciding => Ok(deciding),
        Ok(_) => truth(right, inputs),
        Err(missing) => match truth(right, inputs) {
            Ok(right) if right == deciding => Ok(deciding),
            Ok(_) | Err(_) => Err(missing),
        },
    }
}

fn calculate(calculation: Calculation, left: i64, right: i64) -> Answer<i64> {
    let divides = matches!(calculation, Calculation::Divide | Calculation::Remainder);
    if divides && right == 0 {
        return Err(NoAnswer::DivisionByZero);
    }
    let result = match calculation {
        Calculation::Add => left.checked_add(right),
        Calculation::Subtract => left.checked_sub(right),
        Calculation::Multiply => left.checked_mul(right),
        Calculation::Divide => left.checked_div(right),
        Calculation::Remainder => left.checked_rem(right),
    };
    result.ok_or(NoAnswer::Overflow)
}

fn int(node: &Node, inputs: &Inputs<'_>) -> Answer<i64> {
    match value(node, inputs)? {
        Value::Int(number) => Ok(number),
        Value::Bool(_) | Value::Text(_) => unreachable_type(),
    }
}

fn text<'a>(node: &'a Node, inputs: &Inputs<'a>) -> Answer<&'a str> {
    match value(node, inputs)? {
        Value::Text(text) => Ok(text),
        Value::Bool(_) | Value::Int(_) => unreachable_type(),
    }
}

fn unreachable_type<T>() -> Answer<T> {
    unreachable!("the checker has proven the type of every part")
}

/// A number of the buyer; nothing when nobody knows who bought.
fn of_buyer<'a>(inputs: &Inputs<'a>, number: impl Fn(&BuyerBefore) -> i64) -> Value<'a> {
    Value::Int(inputs.buyer.map_or(0, number))
}

impl Variable {
    /// Whether it is about all orders of the buyer.
    pub(super) fn is_of_buyer(self) -> bool {
        match self {
            Self::BuyerOrders
            | Self::BuyerBought
            | Self::BuyerReturns
            | Self::BuyerReturned
            | Self::BuyerKept
            | Self::BuyerKeptWorth
            | Self::BuyerReturnShare => true,
            Self::Country
            | Self::Region
            | Self::Channel
            | Self::BuyerGroup
            | Self::Category
            | Self::Reason
            | Self::Grade
            | Self::Currency
            | Self::FinalSale
            | Self::Worth
            | Self::OrderWorth
            | Self::Quantity
            | Self::Bought
            | Self::DaysSinceOrder
            | Self::DaysSinceDelivery
            | Self::ReturnsBefore
            | Self::KeptBefore => false,
        }
    }

    fn value<'a>(self, inputs: &Inputs<'a>) -> Value<'a> {
        match self {
            Self::Country => Value::Text(inputs.country),
            Self::Region => Value::Text(inputs.region),
            Self::Channel => Value::Text(inputs.channel),
            Self::BuyerGroup => Value::Text(inputs.buyer_group),
            Self::Category => Value::Text(inputs.category),
            Self::Reason => Value::Text(inputs.reason),
            Self::Grade => Value::Text(inputs.grade),
            Self::Currency => Value::Text(inputs.currency),
            Self::FinalSale => Value::Bool(inputs.is_final_sale),
            Self::Worth => Value::Int(inputs.worth),
            Self::OrderWorth => Value::Int(inputs.order_worth),
            Self::Quantity => Value::Int(inputs.quantity),
            Self::Bought => Value::Int(inputs.bought),
            Self::DaysSinceOrder => Value::Int(inputs.days_since_order),
            Self::DaysSinceDelivery => Value::Int(inputs.days_since_delivery),
            Self::ReturnsBefore => Value::Int(inputs.returns_before),
            Self::KeptBefore => Value::Int(inputs.kept_before),
            Self::BuyerOrders => of_buyer(inputs, |buyer| buyer.orders.into()),
            Self::BuyerBought => of_buyer(inputs, |buyer| buyer.bought.into()),
            Self::BuyerReturns => of_buyer(inputs, |buyer| buyer.returns.into()),
            Self::BuyerReturned => of_buyer(inputs, |buyer| buyer.returned.into()),
            Self::BuyerKept => of_buyer(inputs, |buyer| buyer.kept.into()),
            Self::BuyerKeptWorth => of_buyer(inputs, |buyer| buyer.kept_worth.minor),
            Self::BuyerReturnShare => of_buyer(inputs, |buyer| buyer.share_basis_points.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::condition::{Condition, ConditionError};

    fn labels() -> BTreeMap<String, String> {
        [("risk".to_owned(), "high".to_owned())].into()
    }

    fn inputs(labels: &BTreeMap<String, String>) -> Inputs<'_> {
        Inputs {
            country: "DE",
            category: "schuhe-größe",
            reason: "defective",
            currency: "EUR",
            worth: 12_345,
            quantity: 2,
            days_since_delivery: 20,
            days_since_order: i64::MAX,
            is_final_sale: true,
            labels: Some(labels),
            ..Inputs::default()
        }
    }

    /// What CEL's own interpreter says of it.
    fn interpreted(text: &str, inputs: &Inputs<'_>) -> Option<bool> {
        let program = cel::Program::compile(text).ok()?;
        let mut context = cel::Context::default();
        let texts = [
            ("country", inputs.country),
            ("category", inputs.category),
            ("reason", inputs.reason),
            ("channel", inputs.channel),
            ("currency", inputs.currency),
        ];
        for (name, text) in texts {
            context.add_variable_from_value(name, text.to_owned());
        }
        let numbers = [
            ("worth", inputs.worth),
            ("quantity", inputs.quantity),
            ("days_since_delivery", inputs.days_since_delivery),
            ("days_since_order", inputs.days_since_order),
        ];
        for (name, number) in numbers {
            context.add_variable_from_value(name, number);
        }
        context.add_variable_from_value("final_sale", inputs.is_final_sale);
        let labels: std::collections::HashMap<String, String> =
            inputs.labels?.clone().into_iter().collect();
        context.add_variable_from_value("labels", labels);
        match program.execute(&context) {
            Ok(cel::Value::Bool(truth)) => Some(truth),
            _ => None,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Answer<bool>) {
        let labels = labels();
        let inputs = inputs(&labels);
        let condition = Condition::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.holds(&inputs), expected, "{text}");
        assert_eq!(interpreted(text, &inputs), expected.ok(), "{text}");
    }

    #[test]
    fn conditions_are_answered_as_cel_answers_them() {
        for text in [
            "true",
            "country == 'DE' && worth > 10000",
            "country in ['FR', 'DE'] || reason == 'changed_mind'",
            "!(quantity >= 3)",
            "days_since_delivery / 7 == 2 && days_since_delivery % 7 == 6",
            "labels.risk == 'high' && 'risk' in labels && has(labels.risk)",
            "labels['risk'] != \"low\"",
            "category.startsWith('schuhe') && category.contains('größe')",
            "size(category) == 12 && category.size() == 12",
            "(final_sale ? worth : 0) - 345 == 12000",
            "quantity * 2 + 1 <= 5 && -quantity < 0",
            "country < 'FR' && currency.endsWith('R')",
            "labels.none == 'x' || true",
            "days_since_order + 1 > 0 || final_sale",
        ] {
            check(text, Ok(true));
        }
        check("quantity in [1, 3]", Ok(false));
        check("channel != ''", Ok(false));
        check("false && labels.none == 'x'", Ok(false));
        check("labels.none == 'x'", Err(NoAnswer::NoLabel));
        check("labels.none == 'x' && true", Err(NoAnswer::NoLabel));
        check("days_since_order + 1 > 0", Err(NoAnswer::Overflow));
        check("worth / (quantity - 2) > 0", Err(NoAnswer::DivisionByZero));
    }

    #[test]
    fn what_is_wrong_with_a_condition_is_said_where_it_stands() {
        for (text, line, column, problem) in [
            ("worth", 1, 1, "is int, where bool is needed"),
            ("worth > 'a'", 1, 9, "is string, where int is needed"),
            (
                "country == 'DE' &&\n  wurth > 3",
                2,
                3,
                "`wurth` is not known",
            ),
            (
                "country == 'ÄÖ' && wurth > 3",
                1,
                20,
                "`wurth` is not known",
            ),
            (
                "worth > 1.5",
                1,
                9,
                "numbers are whole and signed, such as 14",
            ),
            (
                "[1].exists(x, x > 0)",
                1,
                11,
                "macros that loop are not allowed",
            ),
            ("now() > 3", 1, 4, "`now` is not known"),
            ("country.matches('D.')", 1, 16, "`matches` is not known"),
            (
                "labels == 'a'",
                1,
                1,
                "`labels` is looked at by a name, such as labels.risk",
            ),
            (
                "country in 'DE'",
                1,
                12,
                "`in` needs a list such as [\"DE\", \"FR\"], or labels",
            ),
        ] {
            let found = Condition::compile(text).unwrap_err();
            let expected = ConditionError {
                line,
                column,
                problem: problem.to_owned(),
            };
            assert_eq!(found, expected, "{text}");
        }
        let error = Condition::compile("worth >").unwrap_err();
        assert_eq!((error.line, error.column), (1, 8), "{error}");
    }

    #[test]
    fn no_condition_is_large_or_deep() {
        let long = "true && ".repeat(200) + "true";
        let many = format!("worth in [{}]", vec!["1"; 300].join(","));
        let deep = format!("{}true{}", "(".repeat(40), ")".repeat(40));
        let signs = format!("{}true", "!".repeat(900));
        let sum = format!("{} > 0", vec!["1"; 150].join("+"));
        for text in [&long, &many, &deep, &signs, &sum] {
            assert!(Condition::compile(text).is_err(), "{text}");
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "country",
            "worth",
            "labels",
            "(",
            ")",
            "[",
            "]",
            "'DE'",
            "1",
            "-",
            "!",
            "&&",
            "||",
            "==",
            ">",
            "in",
            "?",
            ":",
            ".",
            "size",
            "has",
            "risk",
            " ",
            "+",
            "/",
            "0",
            ",",
            "true",
            "\u{0}",
            "ß",
            "\"",
            "{",
            "}",
            "final_sale",
            "%",
            "exists",
            "//",
            "\n",
        ]);
        prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_understood_is_answered_as_cel_answers_it(text in any_text()) {
            if let Ok(condition) = Condition::compile(&text) {
                let labels = labels();
                let inputs = inputs(&labels);
                prop_assert_eq!(condition.holds(&inputs).ok(), interpreted(&text, &inputs));
            }
        }
    }
}
