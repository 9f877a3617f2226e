//! How a broken rule is reported.

/// Fails with every finding and the remedy, if there are any.
pub(crate) fn hold(findings: impl IntoIterator<Item = String>, remedy: &str) {
    let findings: Vec<String> = findings.into_iter().collect();
    assert!(
        findings.is_empty(),
        "\n{}\nremedy: {remedy}\n",
        findings.join("\n")
    );
}
