//! A way to a server on which every request is checked against the published service models.
//!
//! Tests of other crates take this file by its path; a request that is not as it should be ends the test.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "every test file uses some of it; a test ends at the first error"
)]

#[path = "model.rs"]
pub mod model;
#[path = "wire.rs"]
pub mod wire;

use std::collections::BTreeSet;
use std::sync::Mutex;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use model::{Sent, check};

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The operations that this process has sent, such as `dynamodb.GetItem`.
pub fn seen() -> BTreeSet<String> {
    SEEN.lock().unwrap().clone()
}

/// A client that checks what it sends through another.
pub fn checking(inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Checking { inner })
}

#[derive(Debug)]
struct Checking {
    inner: SharedHttpClient,
}

impl HttpClient for Checking {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Way { inner })
    }
}

#[derive(Debug)]
struct Way {
    inner: SharedHttpConnector,
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sent = Sent {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers: headers.collect(),
            body: request.body().bytes().expect("a body that is there at once").to_vec(),
        };
        let checked = check(&sent);
        assert!(checked.problems.is_empty(), "{}: {:#?}", checked.operation, checked.problems);
        SEEN.lock().unwrap().insert(checked.operation);
        self.inner.call(request)
    }
}
