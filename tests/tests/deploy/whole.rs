//! What the files name exists: services, command lines, variables, passwords, metrics.

use std::collections::BTreeSet;

use backhaul::cli::Cli;
use backhaul::services::Service;
use clap::Parser as _;
use serde_json::Value;

use crate::files::{ending, single, strings, text, words, yaml};

const COMPOSE: &str = "compose.yaml";
const NATS: [&str; 4] = [
    "nats/server.conf",
    "nats/node.conf",
    "nats/accounts.conf",
    "nats/sites.conf",
];

#[test]
fn every_file_is_read_by_what_reads_such_files() {
    for path in ending(".yaml") {
        assert!(yaml(&path).iter().all(Value::is_object), "deploy/{path}");
    }
    for path in ending(".json") {
        let parsed: Result<Value, _> = serde_json::from_str(&text(&path));
        assert!(parsed.is_ok(), "deploy/{path}: {parsed:?}");
    }
}

#[test]
fn every_command_line_is_understood() {
    let mut lines = Vec::new();
    let compose = single(COMPOSE);
    for (name, service) in compose["services"].as_object().expect("services") {
        if service["image"] == "backhaul" {
            lines.push((format!("{COMPOSE} {name}"), strings(&service["command"])));
        }
    }
    let job = single("kubernetes/provision.yaml");
    lines.push(("job".to_owned(), arguments_of_pod(&job)));
    let deployments = yaml("kubernetes/service/service.yaml");
    let deployment = deployments
        .iter()
        .find(|document| document["kind"] == "Deployment");
    let arguments = arguments_of_pod(deployment.expect("a deployment"));
    for service in Service::ALL {
        let name = |argument: &String| argument.replace("$(BACKHAUL_NATS_USER)", service.name());
        lines.push((
            format!("pod {service}"),
            arguments.iter().map(name).collect(),
        ));
    }
    for unit in ["backhaul", "backhaul@", "backhaul-provision"] {
        let line = started_by(&format!("systemd/{unit}.service"));
        lines.push((unit.to_owned(), line));
    }
    assert!(lines.len() > 16, "{lines:?}");
    for (place, arguments) in lines {
        let mut line = vec!["backhaul".to_owned()];
        line.extend(arguments);
        // Where the log is stands in the environment.
        if !line.contains(&"up".to_owned()) {
            line.extend(["--log", "tls://nats:4222"].map(str::to_owned));
        }
        if let Err(error) = Cli::try_parse_from(line) {
            panic!("{place}: {error}");
        }
    }
}

#[test]
fn every_service_runs_everywhere_as_its_own_user() {
    let compose = single(COMPOSE);
    let kustomized = strings(&single("kubernetes/kustomization.yaml")["resources"]);
    for service in Service::ALL {
        let name = service.name();
        let container = &compose["services"][name];
        assert_eq!(container["command"][1], name);
        assert_eq!(container["environment"]["BACKHAUL_NATS_USER"], name);
        let secret = format!("password-{name}");
        assert_eq!(container["secrets"][0]["source"], secret.as_str());
        let file = format!("secrets/{name}.password");
        assert_eq!(compose["secrets"][secret]["file"], file.as_str());

        assert!(kustomized.contains(&name.to_owned()), "{kustomized:?}");
        let own = single(&format!("kubernetes/{name}/kustomization.yaml"));
        assert_eq!(own["nameSuffix"], format!("-{name}").as_str());
        assert_eq!(
            own["labels"][0]["pairs"]["app.kubernetes.io/component"],
            name
        );
        let patch = own["patches"][0]["patch"].as_str().expect("a patch");
        assert!(
            patch.contains(&format!("value: {name}.password")),
            "{patch}"
        );

        let target = text("systemd/backhaul.target");
        assert!(
            target.contains(&format!("backhaul@{name}.service")),
            "{target}"
        );
        assert!(text("prometheus.yaml").contains(&format!("\"{name}:7421\"")));
    }
}

#[test]
fn every_variable_of_the_servers_is_set() {
    let needed: BTreeSet<String> = NATS
        .iter()
        .flat_map(|path| words(&text(path), "BACKHAUL_NATS_"))
        .filter(|variable| !variable.starts_with("BACKHAUL_NATS_PASSWORD_"))
        .collect();
    assert!(needed.len() > 10, "{needed:?}");
    let compose = single(COMPOSE);
    for server in ["nats-1", "nats-2", "nats-3"] {
        let set = compose["services"][server]["environment"].as_object();
        let set: BTreeSet<String> = set.expect("an environment").keys().cloned().collect();
        assert_eq!(set, needed, "{server}");
    }
    let set = words(&text("kubernetes/nats/nats.yaml"), "BACKHAUL_NATS_");
    assert_eq!(set, needed, "kubernetes/nats/nats.yaml");
}

#[test]
fn every_metric_that_is_drawn_or_watched_is_counted() {
    let source = include_str!("../../../crates/engine/src/metrics.rs");
    let counted = words(source, "backhaul_");
    assert!(counted.len() >= 8, "{counted:?}");
    for path in ["alerts.yaml", "grafana/backhaul.json"] {
        for metric in words(&text(path), "backhaul_") {
            // What the page adds to a name: the unit, and the parts of a counter or histogram.
            let mut name = metric.as_str();
            for end in ["_total", "_bucket", "_count", "_sum", "_seconds"] {
                name = name.strip_suffix(end).unwrap_or(name);
            }
            assert!(counted.contains(name), "{path}: nobody counts {metric}");
        }
    }
}

fn arguments_of_pod(owner: &Value) -> Vec<String> {
    strings(&owner["spec"]["template"]["spec"]["containers"][0]["args"])
}

/// The arguments that a unit gives, its specifiers filled in.
fn started_by(path: &str) -> Vec<String> {
    let unit = text(path);
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let words = line.expect("a unit starts something").split(' ').skip(1);
    let filled = words.map(|word| {
        let word = word.replace("%i", "returns");
        word.replace("${LISTEN}", "127.0.0.1:7420")
            .replace("${PROBES}", "127.0.0.1:7421")
    });
    filled.collect()
}
