//! Who may do what on the cluster, written from the table of the services.

use backhaul::services::{Service, TOGETHER};
use backhaul_tests::golden;

/// The file that the servers include.
const FILE: &str = "deploy/nats/accounts.conf";

/// The streams of the server besides those of the contexts.
const LEASES: &str = "BH_LEASES";
const INGEST: &str = "BH_INGEST";
const DEAD: &str = "BH_DEAD";

/// What stands above the accounts.
const HEAD: &str = "\
# Who may do what. Written by tests/tests/deploy/accounts.rs from the table of the services, which
# says what each of them reads and writes; change it there and run `just golden`.
#
# Whatever is not named is refused, and a refusal looks like silence to the one refused: the server
# tells it in its log and in an error to the client. No user may delete or purge a stream, and none
# that runs for long make a consumer. Everybody has an inbox of its own, so that no service sees the
# answers of another.
";

/// A user and what it may.
struct User {
    name: &'static str,
    /// What it is for.
    purpose: String,
    publish: Vec<String>,
    subscribe: Vec<String>,
}

impl User {
    fn new(name: &'static str, purpose: impl Into<String>) -> Self {
        Self {
            name,
            purpose: purpose.into(),
            publish: Vec::new(),
            subscribe: vec![format!("_INBOX_{name}.>")],
        }
    }

    fn publishes(mut self, subject: impl Into<String>) -> Self {
        self.publish.push(subject.into());
        self
    }

    fn subscribes(mut self, subject: impl Into<String>) -> Self {
        self.subscribe.push(subject.into());
        self
    }

    /// What a stream holds: its settings and end, any message from its leader, many from a replica.
    fn reads(self, stream: &str) -> Self {
        self.publishes(format!("$JS.API.STREAM.INFO.{stream}"))
            .publishes(format!("$JS.API.STREAM.MSG.GET.{stream}"))
            .publishes(format!("$JS.API.DIRECT.GET.{stream}"))
    }

    /// A context: what its stream holds, what is repeated of it as it is stored, and the one
    /// consumer by which this user catches up; it may set that to a position and pull from it.
    fn follows(self, context: &str) -> Self {
        let stream = stream(context);
        let consumer = consumer(&stream, self.name);
        self.reads(&stream)
            .publishes(format!("$JS.API.CONSUMER.INFO.{consumer}"))
            .publishes(format!("$JS.API.CONSUMER.RESET.{consumer}"))
            .publishes(format!("$JS.API.CONSUMER.MSG.NEXT.{consumer}"))
            .subscribes(format!("bh.live.{context}.>"))
    }

    fn write(&self, text: &mut String) {
        let Self { name, purpose, .. } = self;
        let variable = name.to_uppercase().replace('-', "_");
        *text += &format!(
            "      # {purpose}\n      {{\n        user: {name}\n        \
             password: $BACKHAUL_NATS_PASSWORD_{variable}\n        permissions {{\n\
             {}{}        }}\n      }}\n",
            list("publish", &self.publish),
            list("subscribe", &self.subscribe),
        );
    }
}

#[test]
fn the_accounts_are_what_the_services_need() {
    if let Err(stale) = golden::check(FILE, &accounts()) {
        panic!("{stale}");
    }
}

fn accounts() -> String {
    let mut text = HEAD.to_owned();
    text += "\nsystem_account: SYS\n\naccounts {\n  SYS {\n    users: [\n";
    doctor().write(&mut text);
    text += "    ]\n  }\n\n  BACKHAUL {\n    jetstream: enabled\n";
    text += "    # What warehouses announce arrives here and is acknowledged from here.\n";
    text += "    exports: [{ service: \"bh.ingest.*.*\", accounts: [INGEST] }]\n    users: [\n";
    for service in Service::ALL {
        of_service(service).write(&mut text);
    }
    all_services().write(&mut text);
    provisioner().write(&mut text);
    text += "    ]\n  }\n\n  # Warehouses: an account apart, which sees no event.\n  INGEST {\n";
    text += "    imports: [{ service: { account: BACKHAUL, subject: \"bh.ingest.*.*\" } }]\n";
    text += "    include sites.conf\n  }\n}\n";
    text
}

fn of_service(service: Service) -> User {
    let name = service.name();
    let purpose = match service.writes() {
        Some(context) => format!("Writes {context}; reads {}.", names(service)),
        None => format!("Writes nothing; reads {}.", names(service)),
    };
    let mut user = User::new(name, purpose);
    if let Some(context) = service.writes() {
        user = user
            .publishes(format!("bh.{context}.>"))
            .publishes(format!("bh.lease.{name}.>"))
            .reads(LEASES);
    }
    for context in service.reads() {
        user = user.follows(context.as_str());
    }
    match service {
        Service::Returns => takes_in(user),
        // Sees everything that an operator is told of.
        Service::Operations => user.reads(LEASES).reads(INGEST).reads(DEAD),
        _ => user,
    }
}

/// Takes what warehouses announce, and sets aside what makes no sense.
fn takes_in(user: User) -> User {
    user.reads(INGEST)
        .subscribes("bh.live.ingest.>")
        .publishes("bh.dead.ingest.>")
        .reads(DEAD)
}

/// All services in one process.
fn all_services() -> User {
    let mut user = User::new(TOGETHER, "All services in one process.");
    for context in Service::ALL.iter().filter_map(|service| service.writes()) {
        user = user
            .publishes(format!("bh.{context}.>"))
            .follows(context.as_str());
    }
    takes_in(user.publishes("bh.lease.>").reads(LEASES))
}

/// Makes the streams. It can also change them, so nothing that runs for long is given its password.
fn provisioner() -> User {
    let purpose = "Makes the streams when the cluster is set up; may change, never delete them.";
    let mut user = User::new("provisioner", purpose).publishes("$JS.API.INFO");
    let contexts = Service::ALL.iter().filter_map(|service| service.writes());
    let of_contexts = contexts.map(|context| stream(context.as_str()));
    for stream in of_contexts.chain([LEASES, INGEST, DEAD].map(str::to_owned)) {
        for verb in ["CREATE", "UPDATE", "INFO"] {
            user = user.publishes(format!("$JS.API.STREAM.{verb}.{stream}"));
        }
    }
    for (reader, contexts) in Service::readers() {
        for context in contexts {
            let consumer = consumer(&stream(context.as_str()), reader);
            user = user.publishes(format!("$JS.API.CONSUMER.CREATE.{consumer}"));
        }
    }
    user
}

/// The stream of a context.
fn stream(context: &str) -> String {
    format!("BH_{}", context.to_uppercase())
}

/// The consumer of a stream by which a reader catches up.
fn consumer(stream: &str, reader: &str) -> String {
    format!("{stream}.catch-up-{reader}")
}

/// Asks the servers themselves, because one of three may have lost what it believes to have.
fn doctor() -> User {
    User::new(
        "doctor",
        "Asks every server whether it syncs, and how much of each stream it holds.",
    )
    .publishes("$SYS.REQ.SERVER.PING.JSZ")
}

fn names(service: Service) -> String {
    let names: Vec<_> = service.reads().iter().map(|name| name.as_str()).collect();
    names.join(", ")
}

fn list(name: &str, subjects: &[String]) -> String {
    let subjects = subjects
        .iter()
        .map(|subject| format!("            \"{subject}\"\n"));
    let subjects: String = subjects.collect();
    format!("          {name}: [\n{subjects}          ]\n")
}
