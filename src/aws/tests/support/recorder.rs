//! A way to AWS that goes nowhere: every request is kept, and answered by what the test says.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, RuntimeComponents, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::canned;
use super::model::{Checked, Sent, check};

/// Status and body of an answer.
pub type Answer = (u16, Vec<u8>);

/// Keeps and answers requests.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    kept: Arc<Mutex<Vec<(Sent, Checked)>>>,
    /// Answers to give before the usual one, by operation.
    special: Arc<Mutex<HashMap<String, VecDeque<Answer>>>>,
}

impl Recorder {
    /// Answers the next requests of an operation so.
    pub fn next(&self, operation: &str, answers: Vec<Answer>) {
        self.special.lock().unwrap().insert(operation.to_owned(), answers.into());
    }

    /// The requests since the last time.
    pub fn take(&self) -> Vec<(Sent, Checked)> {
        self.special.lock().unwrap().clear();
        std::mem::take(&mut *self.kept.lock().unwrap())
    }

    /// A configuration that goes this way.
    pub fn configuration(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("ap-southeast-2"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.clone())
            .build()
    }

    fn answer(&self, sent: Sent) -> Answer {
        let checked = check(&sent);
        let special = self.special.lock().unwrap().get_mut(&checked.operation).and_then(VecDeque::pop_front);
        let mut kept = self.kept.lock().unwrap();
        let before = kept.iter().filter(|(_, it)| it.operation == checked.operation).count();
        let answer = special.unwrap_or_else(|| canned::answer(&checked.operation, before));
        kept.push((sent, checked));
        answer
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let headers =
                request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let (method, uri) = (request.method().to_owned(), request.uri().to_owned());
            let body =
                ByteStream::new(request.into_body()).collect().await.expect("the body of a request").to_vec();
            let (status, body) = this.answer(Sent { method, uri, headers, body });
            let status = StatusCode::try_from(status).expect("a status");
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
            Ok(response)
        })
    }
}
