//! `backhaul policy`.

mod ask;
mod simulate;

use std::path::Path;

use anyhow::Context as _;
use backhaul_api::proto::returns::v1::{
    DiffPoliciesRequest, ListPolicyVersionsRequest, ListPolicyVersionsResponse, Policy,
    PolicyVersion, PublishPolicyRequest, RetirePolicyRequest,
};
use serde_json::json;

use crate::cli::policy as cli;
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::table::Table;
use crate::wire;

/// The message that a policy file holds.
const POLICY: &str = "backhaul.returns.v1.Policy";

/// The table of contents: every command, one line each.
pub(crate) async fn policy(
    deployment: &Deployment,
    command: cli::Policy,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        cli::Policy::Publish { file, check } => publish(deployment, &file, check, output).await,
        cli::Policy::List { policy } => list(deployment, &policy, output).await,
        cli::Policy::Diff {
            older,
            newer,
            policy,
        } => {
            let request = DiffPoliciesRequest {
                name: wire::name("policies", &policy),
                from_version: older,
                to_version: newer,
            };
            diff(deployment, request, output).await
        }
        cli::Policy::Retire { policy } => retire(deployment, &policy, output).await,
        cli::Policy::Explain(ask) => ask::explain(deployment, ask, output).await,
        cli::Policy::DryRun(ask) => ask::dry_run(deployment, ask, output).await,
        cli::Policy::Simulate(asked) => simulate::simulate(deployment, asked, output).await,
    }
}

/// A policy from its file.
fn read(file: &Path) -> anyhow::Result<Policy> {
    let json = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    output::from_json(POLICY, &json).with_context(|| format!("{} is no policy", file.display()))
}

async fn publish(
    deployment: &Deployment,
    file: &Path,
    is_check: bool,
    output: Output,
) -> anyhow::Result<()> {
    let policy = read(file)?;
    let request = PublishPolicyRequest {
        request_id: request_id(deployment, "publish", &policy.name).await?,
        policy: Some(policy),
        validate_only: is_check,
    };
    let answer = deployment.returns().publish_policy(request).await?;
    let policy = answer
        .into_inner()
        .policy
        .context("no policy in the answer")?;
    match output {
        Output::Json => output::print_json(&output::to_json(POLICY, &policy)?),
        Output::Text if is_check => output::print("it can be published"),
        Output::Text => output::print(&format!("{} version {}", policy.name, policy.version)),
    }
}

async fn list(deployment: &Deployment, policy: &str, output: Output) -> anyhow::Result<()> {
    let name = wire::name("policies", policy);
    let (mut versions, mut before_version) = (Vec::new(), 0);
    let is_retired = loop {
        let page = page(deployment, name.clone(), before_version).await?;
        let Some(last) = page.versions.last() else {
            break page.retired;
        };
        before_version = last.version;
        versions.extend(page.versions);
    };
    match output {
        Output::Json => {
            let json = |version| output::to_json("backhaul.returns.v1.PolicyVersion", version);
            let versions = versions
                .iter()
                .map(json)
                .collect::<anyhow::Result<Vec<_>>>()?;
            output::print_json(&json!({ "retired": is_retired, "versions": versions }))
        }
        Output::Text => {
            let mut table = Table::new(&["VERSION", "PUBLISHED", "BY", "RULES"]);
            versions.iter().for_each(|version| table.row(row(version)));
            output::print(&table.to_string())?;
            match is_retired {
                true => output::print("retired: the built-in policy decides"),
                false => Ok(()),
            }
        }
    }
}

/// The newest versions before one.
async fn page(
    deployment: &Deployment,
    name: String,
    before_version: u32,
) -> anyhow::Result<ListPolicyVersionsResponse> {
    let request = ListPolicyVersionsRequest {
        name,
        page_size: crate::pages::PAGE_SIZE,
        before_version,
    };
    let page = deployment.returns().list_policy_versions(request).await?;
    Ok(page.into_inner())
}

fn row(version: &PolicyVersion) -> [String; 4] {
    let actor = version.actor.as_ref().map(|actor| actor.name.clone());
    [
        version.version.to_string(),
        wire::time_text(version.publish_time.as_ref()),
        actor.unwrap_or_default(),
        version.rule_count.to_string(),
    ]
}

async fn diff(
    deployment: &Deployment,
    request: DiffPoliciesRequest,
    output: Output,
) -> anyhow::Result<()> {
    let answer = deployment
        .returns()
        .diff_policies(request)
        .await?
        .into_inner();
    match output {
        Output::Json => {
            let type_name = "backhaul.returns.v1.DiffPoliciesResponse";
            output::print_json(&output::to_json(type_name, &answer)?)
        }
        Output::Text => {
            let mut table = Table::new(&["WHERE", "BEFORE", "AFTER"]);
            for each in answer.differences {
                table.row([each.path, each.before, each.after]);
            }
            output::print(&table.to_string())
        }
    }
}

async fn retire(deployment: &Deployment, policy: &str, output: Output) -> anyhow::Result<()> {
    let name = wire::name("policies", policy);
    let request = RetirePolicyRequest {
        request_id: request_id(deployment, "retire", &name).await?,
        name: name.clone(),
    };
    let answer = deployment
        .returns()
        .retire_policy(request)
        .await?
        .into_inner();
    match output {
        Output::Json => {
            let type_name = "backhaul.returns.v1.RetirePolicyResponse";
            output::print_json(&output::to_json(type_name, &answer)?)
        }
        Output::Text => output::print(&format!("{name} is retired: the built-in policy decides")),
    }
}

/// A name for what follows the versions that are there: the same command again has the same name,
/// and so has no other effect.
async fn request_id(deployment: &Deployment, what: &str, name: &str) -> anyhow::Result<String> {
    let versions = match page(deployment, name.to_owned(), 0).await {
        Ok(page) => page,
        Err(error) if is_not_found(&error) => ListPolicyVersionsResponse::default(),
        Err(error) => return Err(error),
    };
    let last = versions
        .versions
        .first()
        .map_or(0, |version| version.version);
    let standing = if versions.retired {
        "retired"
    } else {
        "current"
    };
    Ok(format!("cli:{what}:{}:{last}:{standing}", wire::id(name)))
}

fn is_not_found(error: &anyhow::Error) -> bool {
    let status = error.downcast_ref::<tonic::Status>();
    status.is_some_and(|status| status.code() == tonic::Code::NotFound)
}
