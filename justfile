# What people run. The steps of a check are those of .ci/run, which needs no just.

# Lists the recipes.
default:
    @just --list

# Formats everything.
format:
    cargo fmt --all

# Is everything formatted?
fmt:
    .ci/run fmt

# Clippy over everything, warnings denied.
lint:
    .ci/run lint

# Documentation, warnings denied.
doc:
    .ci/run doc

# buf's lint over the contracts; needs npm.
proto:
    .ci/run proto

# All tests.
test:
    .ci/run test

# Everything that a change must pass.
ci:
    .ci/run

# Rewrites golden files and generated documents; read the difference before you commit it.
golden:
    UPDATE_GOLDEN=1 cargo test --package backhaul-tests --test compat --test deploy

# Measures, each figure beside its ceiling; `just bench --log nats` the log on JetStream.
bench *ARGUMENTS:
    cargo bench --package backhaul-tests -- {{ARGUMENTS}}

# A small year of orders, made and run through an embedded deployment.
demo:
    cargo run --release -- demo

# Three nats-servers and every service in a process of its own, on this machine, until Ctrl-C.
cluster:
    cargo run --release -- cluster up --data ./cluster-data

# kill -9 at twenty moments of the import of the whole year; `BACKHAUL_SEED` repeats a run.
kill:
    cargo test --package backhaul-tests --test e2e -- --ignored --exact --nocapture kill::a_whole_year_that_is_killed_ends_as_if_nothing_had_happened

# Hundreds of faults of processes and servers; `BACKHAUL_SEED` repeats, `BACKHAUL_RUNS` and `BACKHAUL_FAULTS` say how many.
faults:
    cargo test --package backhaul-tests --test cluster -- --ignored --exact --nocapture storm::many_faults_change_nothing
