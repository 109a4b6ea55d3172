//! A plain HTTP/1.1 client on one kept-alive connection: as little work as possible beside the server's.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// One connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
    line: String,
    /// The body of the last answer; its memory is used again.
    body: Vec<u8>,
}

/// An answer; its body lives until the next request on the same connection.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    /// The session cookie that was set, if any.
    pub cookie: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Who {
    /// With a token of the API.
    Token(String),
    /// With a session of the console.
    Session(String),
    /// Nobody in particular.
    Nobody,
}

impl Who {
    fn header(&self) -> String {
        match self {
            Self::Token(token) => format!("authorization: Bearer {token}\r\n"),
            Self::Session(cookie) => format!("cookie: {cookie}\r\n"),
            Self::Nobody => String::new(),
        }
    }
}

impl Connection {
    /// Connects to `127.0.0.1:port`.
    pub fn open(port: u16) -> Result<Self> {
        let host = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&host).context("the server does not listen")?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self { stream, host, line: String::new(), body: Vec::new() })
    }

    /// GET.
    pub fn get(&mut self, path: &str, who: &Who, accept: &str) -> Result<Answer<'_>> {
        self.send("GET", path, who, &format!("accept: {accept}\r\n"), b"", &mut |_| Ok(()))
    }

    /// POST of JSON.
    pub fn post(&mut self, path: &str, who: &Who, body: &serde_json::Value) -> Result<Answer<'_>> {
        let headers = "content-type: application/json\r\n";
        self.send("POST", path, who, headers, body.to_string().as_bytes(), &mut |_| Ok(()))
    }

    /// A PUT that must answer 2xx.
    pub fn put(&mut self, path: &str, who: &Who, body: &serde_json::Value) -> Result<serde_json::Value> {
        let headers = "content-type: application/json\r\n";
        good(path, &self.send("PUT", path, who, headers, body.to_string().as_bytes(), &mut |_| Ok(()))?)
    }

    /// POST of anything.
    pub fn post_as(&mut self, path: &str, who: &Who, kind: &str, body: &[u8]) -> Result<Answer<'_>> {
        self.send("POST", path, who, &format!("content-type: {kind}\r\n"), body, &mut |_| Ok(()))
    }

    /// GET whose body is handed on piece by piece and not kept.
    pub fn stream(
        &mut self,
        path: &str,
        who: &Who,
        accept: &str,
        piece: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u16> {
        Ok(self.send("GET", path, who, &format!("accept: {accept}\r\n"), b"", piece)?.status)
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        who: &Who,
        headers: &str,
        body: &[u8],
        piece: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<Answer<'_>> {
        let length = if method == "GET" { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{}{headers}{length}\r\n", self.host, who.header())
                .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        self.read(piece)
    }

    fn next_line(&mut self) -> Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 {
            bail!("the server hung up");
        }
        Ok(self.line.trim_end())
    }

    fn read(&mut self, piece: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<Answer<'_>> {
        let status = self.next_line()?.split(' ').nth(1).and_then(|code| code.parse().ok()).context("not HTTP")?;
        let (mut length, mut chunked, mut cookie) = (0usize, false, None);
        loop {
            let line = self.next_line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = value.eq_ignore_ascii_case("chunked");
            } else if name.eq_ignore_ascii_case("set-cookie") && value.starts_with("caseload=") {
                cookie = value.split(';').next().map(str::to_owned);
            }
        }
        self.body.clear();
        if !chunked {
            self.body.resize(length, 0);
            self.stream.read_exact(&mut self.body)?;
            piece(&self.body)?;
            return Ok(Answer { status, body: &self.body, cookie });
        }
        loop {
            let size = usize::from_str_radix(self.next_line()?, 16)?;
            let start = self.body.len();
            self.body.resize(start + size, 0);
            self.stream.read_exact(&mut self.body[start..])?;
            self.next_line()?;
            piece(&self.body[start..])?;
            // What is handed on is kept only while it is small: an export is larger than memory should be.
            if self.body.len() > 1 << 20 {
                self.body.clear();
            }
            if size == 0 {
                return Ok(Answer { status, body: &self.body, cookie });
            }
        }
    }

    /// A GET that must answer 200 with JSON.
    pub fn json(&mut self, path: &str, who: &Who) -> Result<serde_json::Value> {
        good(path, &self.get(path, who, "application/json")?)
    }

    /// A POST that must answer 2xx with JSON.
    pub fn act(&mut self, path: &str, who: &Who, body: &serde_json::Value) -> Result<serde_json::Value> {
        good(path, &self.post(path, who, body)?)
    }
}

fn good(path: &str, answer: &Answer<'_>) -> Result<serde_json::Value> {
    if !(200..300).contains(&answer.status) {
        let text = String::from_utf8_lossy(answer.body).chars().take(600).collect::<String>();
        bail!("{path} answered {}: {text}", answer.status);
    }
    Ok(serde_json::from_slice(answer.body)?)
}
