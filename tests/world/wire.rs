//! Connections that break after so many bytes.

use axum::Router;
use axum::serve::Listener;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How many more bytes are sent before the connection is reset.
#[derive(Clone, Default)]
pub struct Cut(Arc<Mutex<Option<usize>>>);

impl Cut {
    /// Breaks the connection that is written to next, after so many bytes.
    pub fn after(&self, bytes: usize) {
        *self.0.lock().unwrap() = Some(bytes);
    }
}

/// Listens, and hands the scissors to every connection.
pub struct Wire {
    listener: TcpListener,
    cut: Cut,
}

impl Wire {
    /// Of a listener; `cut` is the scissors.
    #[must_use]
    pub fn new(listener: TcpListener, cut: Cut) -> Self {
        Self { listener, cut }
    }
}

/// Serves on a free port until the process ends; gives the address, `http://127.0.0.1:PORT`.
#[must_use]
pub fn serve(router: Router, cut: Cut) -> String {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Wire::new(TcpListener::from_std(socket).unwrap(), cut);
            axum::serve(listener, router).await.unwrap();
        });
    });
    url
}

impl Listener for Wire {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // What is dropped is reset, not closed.
        stream.set_zero_linger().unwrap();
        (Connection { stream, cut: self.cut.clone() }, address)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One of them.
pub struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let left = *self.cut.0.lock().unwrap();
        let take = left.unwrap_or(usize::MAX).min(bytes.len());
        if left == Some(0) {
            *self.cut.0.lock().unwrap() = None;
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionReset)));
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[..take]))?;
        if let Some(left) = self.cut.0.lock().unwrap().as_mut() {
            *left -= written;
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
