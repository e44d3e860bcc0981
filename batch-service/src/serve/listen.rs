//! Connections: how many, how long they may say nothing, and how they end when the process is told to stop.
//!
//! `axum::serve` sets no timer, and a client that sends half a header holds its connection for ever.

use super::metrics::Metrics;
use super::stalls::Stalls;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// From the opening of a connection, or the end of an answer, to the end of the next header.
const HEADER: Duration = Duration::from_secs(4);
/// From the header to the last byte of a body: whoever stalls is closed within 5 s.
pub(super) const BODY: Duration = Duration::from_secs(4);
/// For a client that does not take its answer.
const STALLED: Duration = Duration::from_secs(4);
/// Open connections, where the process may open so many files.
const CONNECTIONS: u64 = 6_000;
/// Files for other things than connections.
const OTHER_FILES: u64 = 124;
/// Bytes of a header.
const LONGEST_HEADER: usize = 32 * 1024;
/// Connections that the system may let in before they are accepted.
const BACKLOG: u32 = 4_096;
/// After the process was told to stop, so that clients that keep a connection hear of it with their next answer.
const FAREWELL: Duration = Duration::from_millis(300);
/// Before another attempt when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes an address. The standard library lets 128 connections wait, and the system makes those beyond wait for seconds.
///
/// # Errors
/// When the address is none, or taken.
pub async fn bind(address: &str) -> std::io::Result<TcpListener> {
    let mut failed = std::io::ErrorKind::AddrNotAvailable.into();
    for address in tokio::net::lookup_host(address).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Answers until `stop` and a little longer, and then refuses new connections. Gives those that are open: their requests may
/// end.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(connections()));
    let mut stop = std::pin::pin!(async {
        stop.await;
        tokio::time::sleep(FAREWELL).await;
    });
    let open = |stream, place| {
        let connection = graceful.watch(connection(stream, router.clone()));
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            metrics.connection(1);
            // A client that breaks off is no concern of ours.
            let _ = connection.await;
            metrics.connection(-1);
            drop::<Option<OwnedSemaphorePermit>>(place);
        });
    };
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => open(stream, place.ok()),
                // Files may be short; connections that end give some back.
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    // The system has let some in already, and would break them off. It is asked itself, for the runtime may not have heard of
    // the latest ones.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, _)) = listener.accept() {
            if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                open(stream, Arc::clone(&places).try_acquire_owned().ok());
            }
        }
    }
    // What they ask is read by then.
    tokio::time::sleep(FAREWELL).await;
    graceful
}

/// Processes may often open 1,024 files and may ask for more.
fn connections() -> usize {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap_or(1_024);
    usize::try_from(files.saturating_sub(OTHER_FILES).clamp(1, CONNECTIONS)).unwrap_or(1)
}

type Connection = http1::Connection<TokioIo<Stalls<TcpStream>>, TowerToHyperService<Router>>;

fn connection(stream: TcpStream, router: Router) -> Connection {
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(LONGEST_HEADER)
        .serve_connection(TokioIo::new(Stalls::new(stream, STALLED)), TowerToHyperService::new(router))
}
