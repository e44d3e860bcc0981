//! A repository behind an address.

use super::client::Remote;
use super::error::{Fault, TufError};
use anyhow::{Context, Result};
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use std::time::Duration;
use tokio::runtime::Runtime;

const WAIT: Duration = Duration::from_secs(30);

/// Fetches by HTTP. Redirections are not followed: another place may have signed files too, but not these.
#[derive(Debug)]
pub struct Http {
    base: String,
    client: reqwest::Client,
    runtime: Runtime,
}

impl Http {
    /// Below an address; a slash at its end is added.
    ///
    /// # Errors
    /// When the system gives no client.
    pub fn new(base: &str) -> Result<Self> {
        // The first runtime also says whose TLS is used, which a client asks for when it is made.
        let runtime = crate::cloud::runtime("tuf")?;
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(WAIT).build();
        let client = client.context("the HTTP client")?;
        Ok(Self { base: format!("{}/", base.trim_end_matches('/')), client, runtime })
    }

    async fn get(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TufError> {
        let unreachable = |why: String| TufError::new(Fault::Unreachable, name, why);
        let failed = |e: reqwest::Error| unreachable(format!("{:#}", anyhow::Error::from(e)));
        let mut response = self.client.get(format!("{}{name}", self.base)).send().await.map_err(failed)?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => return Ok(None),
            status if !status.is_success() => return Err(unreachable(format!("the server said {status}"))),
            _ => {}
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > limit {
                return Err(TufError::new(
                    Fault::Length,
                    name,
                    format!("more than the {limit} bytes that it may have"),
                ));
            }
        }
        Ok(Some(bytes))
    }
}

impl Remote for Http {
    fn fetch(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TufError> {
        self.runtime.block_on(self.get(name, limit))
    }
}
