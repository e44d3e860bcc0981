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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// From the opening of a connection, or the end of an answer, to the end of the next header.
const HEADER: Duration = Duration::from_secs(4);
/// For a client that does not take its answer.
const STALLED: Duration = Duration::from_secs(4);
/// Open connections; processes may often open 1,024 files.
const CONNECTIONS: usize = 900;
/// Bytes of a header.
const LONGEST_HEADER: usize = 32 * 1024;
/// Before another attempt when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers until `stop`, and then refuses new connections. Gives those that are open: their requests may end.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    metrics: Arc<Metrics>,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            biased;
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => (place, stream),
                Err(_) => {
                    // Files may be short; connections that end give some back.
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let connection = graceful.watch(connection(stream, router.clone()));
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            metrics.connection(1);
            // A client that breaks off is no concern of ours.
            let _ = connection.await;
            metrics.connection(-1);
            drop(place);
        });
    }
    graceful
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
