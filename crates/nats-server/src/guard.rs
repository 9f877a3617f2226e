//! A server never outlives the process that started it.
//!
//! A process that is killed can not clean up, so something else must: a shell that waits for the
//! end of a pipe, which the kernel closes however this process ends. As long as this process lives
//! the server's number can not be given to another one, because only its parent can collect it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Waits for the end of its input, then kills.
const SCRIPT: &str = "read -r nothing; kill -KILL \"$1\"";

/// Kills a server when this process ends before it let go.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
}

impl Guard {
    /// Watches over the process with this number.
    pub(crate) fn over(server: u32) -> io::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(server.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C in the terminal is for the process that started all this.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Neither can fail for a child that was not waited for.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
