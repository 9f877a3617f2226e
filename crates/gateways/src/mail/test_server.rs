//! A real SMTP server on the loopback interface, for tests. It keeps what it takes, and fails in
//! the ways that servers do when it is told to.
//!
//! The protocol itself is the work of an SMTP library that shares no code with the client under
//! test. The server runs on threads of its own, whether or not there is a runtime, and stops when
//! it is dropped.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};

/// How long a session waits for a client that says nothing.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// One mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message, with dots and line ends as they were written.
    pub data: Vec<u8>,
}

/// How the server fails with one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refuses the recipient for now: `451 4.3.0`.
    RefuseForNow,
    /// Refuses the recipient for ever: `550 5.1.1`.
    RefuseForEver,
    /// Hangs up instead of taking the body: the mail is not taken.
    HangUpBeforeBody,
    /// Takes the mail and hangs up instead of saying so.
    HangUpAfterBody,
    /// Takes the mail and never says so.
    SilenceAfterBody,
}

/// The server.
pub struct TestSmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    login: Option<(String, String)>,
    stopping: AtomicBool,
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Default)]
struct Kept {
    messages: Vec<ReceivedMail>,
    faults: VecDeque<Fault>,
    connections: Vec<TcpStream>,
}

impl TestSmtpServer {
    /// Starts on a free port.
    pub fn start() -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Starts at an address, such as that of a server that was stopped before.
    pub fn start_at(address: SocketAddr) -> Self {
        Self::start_with(address, Shared::default())
    }

    /// Starts on a free port and demands a login.
    pub fn start_with_login(user: &str, password: &str) -> Self {
        let shared = Shared {
            login: Some((user.into(), password.into())),
            ..Shared::default()
        };
        Self::start_with((Ipv4Addr::LOCALHOST, 0).into(), shared)
    }

    fn start_with(address: SocketAddr, shared: Shared) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::new(shared);
        let for_listener = Arc::clone(&shared);
        let listener = std::thread::spawn(move || listen(&listener, &for_listener));
        Self {
            address,
            shared,
            listener: Some(listener),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as the URL of a relay without a login.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Every mail taken so far, oldest first.
    pub fn messages(&self) -> Vec<ReceivedMail> {
        self.shared.kept().messages.clone()
    }

    /// Waits until that many mails were taken, and gives all there are when that is so or the
    /// time is up.
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<ReceivedMail> {
        let waiting = |kept: &mut Kept| kept.messages.len() < count;
        let (kept, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.kept(), patience, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        kept.messages.clone()
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.kept().connections.len()
    }

    /// Fails in this way with the next `count` mails that no earlier fault is waiting for.
    pub fn fail_next(&self, count: usize, fault: Fault) {
        let faults = std::iter::repeat_n(fault, count);
        self.shared.kept().faults.extend(faults);
    }

    /// Hangs up on everybody who is connected, and goes on listening.
    pub fn hang_up(&self) {
        for connection in &self.shared.kept().connections {
            // A client that is gone already needs no more of it.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for TestSmtpServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The listener only looks up when somebody calls.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            self.hang_up();
            let _ = listener.join();
        }
    }
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until told to stop, and then until every session has ended.
fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut sessions = Vec::new();
    for connection in listener.incoming().map_while(Result::ok) {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        let Ok(copy) = connection.try_clone() else {
            continue;
        };
        shared.kept().connections.push(copy);
        let shared = Arc::clone(shared);
        // A session ends in an error whenever a client hangs up: that is no news.
        sessions.push(std::thread::spawn(move || {
            let _ = serve(&connection, &shared);
            let _ = connection.shutdown(Shutdown::Both);
        }));
    }
    for connection in &shared.kept().connections {
        let _ = connection.shutdown(Shutdown::Both);
    }
    for session in sessions {
        let _ = session.join();
    }
}

/// One connection, line by line, so that commands may come in one packet.
fn serve(connection: &TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    connection.set_read_timeout(Some(SILENCE_MAX))?;
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    let mut writer = connection;
    let silent = Rc::new(Cell::new(Voice::Speaks));
    let mut session = session(shared, Rc::clone(&silent));
    writer.write_all(&session.greeting().buffer()?)?;
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let response = session.process(&line);
        match silent.get() {
            Voice::Speaks => writer.write_all(&response.buffer()?)?,
            Voice::Silent => {}
            Voice::HangsUp => break,
        }
        if response.action == Action::Close {
            break;
        }
        line.clear();
    }
    Ok(())
}

fn session(shared: &Arc<Shared>, voice: Rc<Cell<Voice>>) -> Session<Clerk> {
    let mut builder = SessionBuilder::new("test.invalid");
    if shared.login.is_some() {
        builder
            .enable_auth(AuthMechanism::Plain)
            .insecure_enable_plaintext_auth();
    }
    let clerk = Clerk {
        shared: Arc::clone(shared),
        voice,
        fault: None,
        mail: ReceivedMail {
            from: String::new(),
            to: Vec::new(),
            data: Vec::new(),
        },
    };
    builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), clerk)
}

/// Whether the server still answers on a connection.
#[derive(Clone, Copy)]
enum Voice {
    Speaks,
    Silent,
    HangsUp,
}

/// Takes the mail of one connection in.
struct Clerk {
    shared: Arc<Shared>,
    voice: Rc<Cell<Voice>>,
    fault: Option<Fault>,
    mail: ReceivedMail,
}

impl Handler for Clerk {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        self.fault = self.shared.kept().faults.pop_front();
        self.mail = ReceivedMail {
            from: from.into(),
            to: Vec::new(),
            data: Vec::new(),
        };
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        match self.fault {
            Some(Fault::RefuseForNow) => {
                Response::custom(451, format!("4.3.0 <{to}> try again later"))
            }
            Some(Fault::RefuseForEver) => Response::custom(550, format!("5.1.1 <{to}> unknown")),
            _ => {
                self.mail.to.push(to.into());
                OK
            }
        }
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        if self.fault == Some(Fault::HangUpBeforeBody) {
            self.voice.set(Voice::HangsUp);
        }
        OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.mail.data.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        match self.fault {
            Some(Fault::HangUpAfterBody) => self.voice.set(Voice::HangsUp),
            Some(Fault::SilenceAfterBody) => self.voice.set(Voice::Silent),
            _ => {}
        }
        let mut kept = self.shared.kept();
        kept.messages.push(self.mail.clone());
        let name = kept.messages.len();
        self.shared.changed.notify_all();
        Response::custom(250, format!("2.0.0 queued as {name}"))
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        let given = (user.to_owned(), password.to_owned());
        if self.shared.login.as_ref() == Some(&given) {
            AUTH_OK
        } else {
            INVALID_CREDENTIALS
        }
    }
}
