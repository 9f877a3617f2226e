//! The ceiling of an append on JetStream: the same messages, published over one bare connection
//! with a window of them under way, and nothing else done.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::load::{Run, histogram};

/// Everything that is acknowledged comes back under this.
const INBOX: &str = "_INBOX.raw";
/// No acknowledgement takes longer.
const ACK_BOUND: Duration = Duration::from_secs(30);

/// What ends a batch is shorter, and every message longer.
const END_BYTES_MAX: usize = 128;

/// A message as the log writes it, without what makes each its own.
#[derive(Clone)]
pub(crate) struct Template {
    /// Header lines, each with its end, without those that name stream or command.
    pub(crate) headers: String,
    pub(crate) payload: Vec<u8>,
}

/// A bare connection.
pub(crate) struct Raw {
    stream: BufReader<TcpStream>,
}

impl Raw {
    /// Connects to a server that asks for no login.
    pub(crate) async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut raw = Self {
            stream: BufReader::with_capacity(1 << 20, stream),
        };
        let hello = raw.line().await?;
        ensure!(hello.starts_with("INFO "), "no NATS server answers");
        let connect = r#"CONNECT {"verbose":false,"pedantic":false,"headers":true,"protocol":1,"lang":"raw","version":"1"}"#;
        raw.send(format!("{connect}\r\nSUB {INBOX}.* 1\r\nPING\r\n").as_bytes())
            .await?;
        while raw.line().await? != "PONG" {}
        Ok(raw)
    }

    /// The newest message of a stream, without what makes it its own.
    pub(crate) async fn template(&mut self, stream: &str) -> anyhow::Result<Template> {
        let last = r#"{"last_by_subj":">"}"#;
        self.ask(&format!("DIRECT.GET.{stream}"), last).await?;
        let mut line = self.line().await?;
        while !line.starts_with("HMSG ") {
            ensure!(
                !line.starts_with("MSG ") && !line.starts_with("-ERR"),
                "no message: {line}"
            );
            if line == "PING" {
                self.send(b"PONG\r\n").await?;
            }
            line = self.line().await?;
        }
        let mut sizes = line.rsplit(' ');
        let mut size = || anyhow::Ok(sizes.next().context("no size")?.parse::<usize>()?);
        let (total, headers) = (size()?, size()?);
        let mut bytes = vec![0; total + 2];
        self.stream.read_exact(&mut bytes).await?;
        let payload = bytes[headers..total].to_vec();
        let headers = String::from_utf8_lossy(&bytes[..headers]);
        let headers = headers
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty() && !line.starts_with("Nats-"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        Ok(Template { headers, payload })
    }

    /// Fails unless the stream has exactly so many messages.
    pub(crate) async fn count(&mut self, stream: &str, messages: u64) -> anyhow::Result<()> {
        self.ask(&format!("STREAM.INFO.{stream}"), "").await?;
        let info = self.answer().await?;
        let wanted = format!("\"messages\":{messages},");
        ensure!(
            info.contains(&wanted),
            "expected {messages} messages: {info}"
        );
        Ok(())
    }

    /// Publishes for a time, `window` messages under way, each on a subject of its own.
    pub(crate) async fn publish(
        &mut self,
        template: &Template,
        subject: impl Fn(u64) -> String,
        first: u64,
        window: usize,
        time: Duration,
    ) -> anyhow::Result<Run> {
        let began = Instant::now();
        let (mut number, mut latencies) = (first, Vec::new());
        let mut under_way: VecDeque<Instant> = VecDeque::new();
        let mut bytes = Vec::new();
        loop {
            let goes_on = began.elapsed() < time;
            while goes_on && under_way.len() < window {
                message(&mut bytes, template, &subject(number), number);
                under_way.push_back(Instant::now());
                number += 1;
            }
            if under_way.is_empty() {
                break;
            }
            self.send(&bytes).await?;
            bytes.clear();
            // Take what has come; more is sent as soon as any place is free.
            loop {
                let ack = tokio::time::timeout(ACK_BOUND, self.ack()).await;
                ack.context("an acknowledgement does not come")??;
                // One stream answers in the order in which it stores.
                if let Some(sent) = under_way.pop_front() {
                    latencies.push(sent.elapsed());
                }
                if under_way.is_empty() || self.stream.buffer().is_empty() {
                    break;
                }
            }
        }
        Ok(Run {
            rate: latencies.len() as f64 / began.elapsed().as_secs_f64(),
            calls: latencies.len() as u64,
            latencies: histogram(&latencies)?,
        })
    }

    /// Reads so many messages of a stream through a pull consumer that acknowledges nothing; bytes
    /// are counted and forgotten.
    pub(crate) async fn replay(&mut self, stream: &str, messages: u64) -> anyhow::Result<Duration> {
        let create = format!(
            r#"{{"stream_name":"{stream}","config":{{"name":"raw","deliver_policy":"all","ack_policy":"none","replay_policy":"instant","max_waiting":8,"mem_storage":true}}}}"#
        );
        self.request(&format!("CONSUMER.CREATE.{stream}.raw"), &create)
            .await?;
        let began = Instant::now();
        let next = format!(r#"{{"batch":{messages}}}"#);
        self.ask(&format!("CONSUMER.MSG.NEXT.{stream}.raw"), &next)
            .await?;
        let mut seen = 0;
        while seen < messages {
            let bytes = tokio::time::timeout(ACK_BOUND, self.delivery()).await;
            seen += u64::from(bytes.context("the consumer stands still")?? > 0);
        }
        let took = began.elapsed();
        self.request(&format!("CONSUMER.DELETE.{stream}.raw"), "")
            .await?;
        Ok(took)
    }

    /// Reads so many messages of a stream in batches, some of them asked for ahead; bytes are counted
    /// and forgotten.
    pub(crate) async fn replay_in_batches(
        &mut self,
        stream: &str,
        messages: u64,
    ) -> anyhow::Result<Duration> {
        const BATCH: u64 = 4_096;
        const IN_FLIGHT: u64 = 3;
        let began = Instant::now();
        let batches = messages.div_ceil(BATCH);
        let (mut asked, mut ended, mut seen) = (0, 0, 0);
        while ended < batches {
            while asked < batches && asked - ended < IN_FLIGHT {
                let first = asked * BATCH + 1;
                let count = BATCH.min(messages + 1 - first);
                let batch = format!(r#"{{"seq":{first},"batch":{count}}}"#);
                self.ask(&format!("DIRECT.GET.{stream}"), &batch).await?;
                asked += 1;
            }
            let bytes = tokio::time::timeout(ACK_BOUND, self.delivery()).await;
            match bytes.context("the server stands still")?? {
                0 => {}
                bytes if bytes < END_BYTES_MAX => ended += 1,
                _ => seen += 1,
            }
        }
        ensure!(seen == messages, "{seen} of {messages} messages came");
        Ok(began.elapsed())
    }

    /// Asks the server's JetStream, and reads the answer.
    async fn request(&mut self, what: &str, body: &str) -> anyhow::Result<()> {
        self.ask(what, body).await?;
        self.ack().await
    }

    async fn ask(&mut self, what: &str, body: &str) -> anyhow::Result<()> {
        let size = body.len();
        self.send(format!("PUB $JS.API.{what} {INBOX}.0 {size}\r\n{body}\r\n").as_bytes())
            .await
    }

    /// Bytes of the next delivered message; nothing when something else came.
    async fn delivery(&mut self) -> anyhow::Result<usize> {
        let line = self.line().await?;
        if line == "PING" {
            self.send(b"PONG\r\n").await?;
        }
        let is_message = line.starts_with("HMSG ") || line.starts_with("MSG ");
        if !is_message {
            return Ok(0);
        }
        let size: usize = line.rsplit(' ').next().context("no size")?.parse()?;
        let mut left = size + 2;
        while left > 0 {
            let here = self.stream.fill_buf().await?.len().min(left);
            ensure!(here > 0, "the server hung up");
            self.stream.consume(here);
            left -= here;
        }
        Ok(size)
    }

    async fn ack(&mut self) -> anyhow::Result<()> {
        self.answer().await.map(drop)
    }

    async fn answer(&mut self) -> anyhow::Result<String> {
        loop {
            let line = self.line().await?;
            if let Some(message) = line.strip_prefix("MSG ") {
                let size = message.rsplit(' ').next().context("no size")?;
                let mut body = vec![0; size.parse::<usize>()? + 2];
                self.stream.read_exact(&mut body).await?;
                let body = String::from_utf8_lossy(&body).into_owned();
                ensure!(!body.contains("\"error\""), "refused: {body}");
                return Ok(body);
            }
            match line.as_str() {
                "PING" => self.send(b"PONG\r\n").await?,
                line if line.starts_with("-ERR") || line.starts_with("HMSG") => {
                    bail!("the server says {line}")
                }
                _ => {}
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(
            self.stream.read_line(&mut line).await? > 0,
            "the server hung up"
        );
        Ok(line.trim_end().to_owned())
    }

    async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.get_mut().write_all(bytes).await?)
    }
}

/// One publish, as a first commit of its stream: it expects that the subject has no message.
fn message(bytes: &mut Vec<u8>, template: &Template, subject: &str, number: u64) {
    let headers = format!(
        "NATS/1.0\r\n{}Nats-Msg-Id: {subject}/{number}\r\n\
         Nats-Expected-Last-Subject-Sequence: 0\r\n\r\n",
        template.headers
    );
    let total = headers.len() + template.payload.len();
    bytes.extend_from_slice(
        format!(
            "HPUB {subject} {INBOX}.{number} {} {total}\r\n",
            headers.len()
        )
        .as_bytes(),
    );
    bytes.extend_from_slice(headers.as_bytes());
    bytes.extend_from_slice(&template.payload);
    bytes.extend_from_slice(b"\r\n");
}
