//! As much of HTTP/1.1 as servers of tests need: whole messages of a known length, one after the other.

use std::fmt::Write as _;
use std::future::Future;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request or an answer.
#[derive(Clone, Debug)]
pub struct Message {
    /// The request or status line.
    pub first: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Message {
    /// An answer.
    pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Message { first: format!("HTTP/1.1 {status} It"), headers, body: body.as_bytes().to_vec() }
    }

    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The path of a request.
    pub fn path(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    /// The next message; none when the other side has closed.
    pub async fn read(stream: &mut BufReader<TcpStream>) -> Option<Message> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let header = |line: &String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers: Vec<(String, String)> = lines.iter().skip(1).filter_map(header).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        assert!(
            length.is_some() || headers.iter().all(|(name, _)| name != "transfer-encoding"),
            "a message in pieces is not expected here: {lines:?}"
        );
        let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
        stream.read_exact(&mut body).await.ok()?;
        Some(Message { first: lines.into_iter().next()?, headers, body })
    }

    /// Sends the message; nothing is told when the other side has gone.
    pub async fn write(&self, stream: &mut BufReader<TcpStream>) {
        let mut head = format!("{}\r\n", self.first);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "content-length") {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "content-length: {}\r\n\r\n", self.body.len()).unwrap();
        let all = [head.as_bytes(), &self.body].concat();
        let _ = stream.write_all(&all).await;
    }
}

/// Answers requests until the runtime ends; returns `host:port`.
pub async fn serve<H, A>(handler: H) -> String
where
    H: Fn(Message) -> A + Clone + Send + 'static,
    A: Future<Output = Message> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let handler = handler.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while let Some(request) = Message::read(&mut stream).await {
                    handler(request).await.write(&mut stream).await;
                }
            });
        }
    });
    address
}

/// Sends a request to a server, over a connection of its own.
pub async fn ask(address: &str, request: &Message) -> Message {
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    request.write(&mut stream).await;
    Message::read(&mut stream).await.unwrap()
}
