//! What other systems get wrong, and the test here that would catch each of it.
//!
//! This is the index. A test that catches a failure says so in the last line of its documentation,
//! as `Others: ` and the words of the list; a failure without such a test fails here, and so do words
//! that are not on the list and marks that stand on no test.

use std::collections::BTreeSet;

use crate::findings::hold;
use crate::sources::{self, Source};

/// What a mark begins with; in two parts, so that this line is none.
const MARK: &str = concat!("/// ", "Others: ");

/// Lines between a mark and the test that it stands on, at most: further documentation and
/// attributes.
const LINES_MAX: usize = 8;

/// What was found in the field, issue by issue, as the domain's notes list it.
const FAILURES: [&str; 29] = [
    // Money that goes twice, or is thought to have gone.
    "two concurrent refunds both pass",
    "double click or one click pays twice",
    "own webhook recorded as a second refund",
    "pending treated as done, or as failed",
    "timeout leaves no name to match a webhook by",
    "refund shown pending though no call was made",
    "failed refund still counts as refunded",
    "gateway called before the record exists",
    "refund succeeds, later bounces",
    // Amounts.
    "amounts of nothing refund everything",
    "partial amount above fee or line accepted",
    "same unit listed twice in one request",
    "full refund one cent above or below paid",
    "tolerance used to hide it",
    "order discount ignored or fully deducted",
    "discount moves to surviving lines",
    "tax counted twice or dropped",
    "shipping cannot be refunded, or blocks the rest",
    "return postage not deducted, or deducted wrong",
    "exchange totals inconsistent",
    "refund in the wrong currency",
    "split tender unsupported",
    // Goods.
    "refund paid for units that never arrived",
    "cannot receive without refunding",
    "restock wrong or never",
    "returned quantity miscounted on multi-step routes",
    "requesting more than bought",
    "stuck after an ineligible receipt",
    // Answers that were promised.
    "service time counted off hours or against the wrong party",
];

/// A mark, and whether it stands on a test.
#[derive(Debug, PartialEq)]
struct Mark {
    place: String,
    failure: String,
    on_a_test: bool,
}

fn marks(source: &Source) -> Vec<Mark> {
    let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
    let marked = lines.iter().enumerate().filter_map(|(index, line)| {
        let failure = line.strip_prefix(MARK)?;
        Some(Mark {
            place: format!("{}:{}", source.path, index + 1),
            failure: failure.trim_end_matches('.').to_owned(),
            on_a_test: stands_on_a_test(&lines[index + 1..]),
        })
    });
    marked.collect()
}

/// Whether what follows is the rest of the documentation and attributes of a test.
fn stands_on_a_test(after: &[&str]) -> bool {
    let head = after
        .iter()
        .take(LINES_MAX)
        .take_while(|line| line.starts_with("///") || line.starts_with("#["));
    let is_test = |line: &&&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    head.filter(is_test).count() == 1
}

fn findings(marks: &[Mark]) -> Vec<String> {
    let known: BTreeSet<&str> = FAILURES.into_iter().collect();
    let caught: BTreeSet<&str> = marks.iter().map(|mark| mark.failure.as_str()).collect();
    let unknown = marks
        .iter()
        .filter(|mark| !known.contains(mark.failure.as_str()));
    let adrift = marks.iter().filter(|mark| !mark.on_a_test);
    let uncaught = known.difference(&caught);
    unknown
        .map(|mark| format!("{}: `{}` is not on the list", mark.place, mark.failure))
        .chain(adrift.map(|mark| format!("{}: stands on no test", mark.place)))
        .chain(uncaught.map(|failure| format!("no test catches `{failure}`")))
        .collect()
}

#[test]
fn every_failure_of_others_is_caught_by_a_test() {
    let marks: Vec<Mark> = sources::rust().iter().flat_map(marks).collect();
    hold(
        findings(&marks),
        "write the test that would catch it, and let it say so; or mend the words",
    );
}

#[test]
fn bad_marks_are_found() {
    let source = |text: &str| Source {
        path: "a.rs".to_owned(),
        text: text.to_owned(),
    };
    let mark = |words: &str| format!("    {MARK}{words}.\n");
    let caught = mark("requesting more than bought");
    let good = source(&format!(
        "{caught}    /// Why.\n    #[test]\n    fn a() {{}}\n"
    ));
    let expected = Mark {
        place: "a.rs:1".to_owned(),
        failure: "requesting more than bought".to_owned(),
        on_a_test: true,
    };
    assert_eq!(marks(&good), [expected]);
    for text in [
        format!("{caught}    fn a() {{}}\n"),
        format!("{caught}\n    #[test]\n"),
        format!("{caught}    #[expect(dead_code)]\n    fn a() {{}}\n#[test]\n"),
    ] {
        let found = findings(&marks(&source(&text)));
        let adrift = found
            .iter()
            .any(|finding| finding.contains("stands on no test"));
        assert!(adrift, "{text}: {found:?}");
    }
    let other = source(&format!("{}#[test]\n", mark("something else")));
    let found = findings(&marks(&other));
    assert_eq!(found[0], "a.rs:1: `something else` is not on the list");
    assert_eq!(found.len(), 1 + FAILURES.len());
}
