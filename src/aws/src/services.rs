//! The services of AWS that the live library asks for.

use crate::clients::{BOT, INVOKE, within};
use crate::messages::Messages;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use connect_rules_engine::catalogue::Bot;
use connect_rules_engine::json;
use connect_rules_engine::problem::causes;
use connect_rules_engine::value::{Map, Value};
use connect_rules_live::Settings;
use connect_rules_live::services::{Attributes, Fleet, Services, Shelf};

/// What the evaluator asks for.
#[derive(Clone, Debug)]
pub struct AwsServices {
    lambda: aws_sdk_lambda::Client,
    lex: aws_sdk_lexruntimev2::Client,
    metrics: aws_sdk_cloudwatch::Client,
    messages: Messages,
    settings: Settings,
}

impl AwsServices {
    /// The services of the function's account.
    pub fn new(configuration: &SdkConfig, settings: &Settings) -> Self {
        let quick = within(configuration, INVOKE, 2);
        AwsServices {
            lambda: aws_sdk_lambda::Client::new(&quick),
            lex: aws_sdk_lexruntimev2::Client::new(&within(configuration, BOT, 1)),
            metrics: aws_sdk_cloudwatch::Client::new(&quick),
            messages: Messages::new(&quick, |name| std::env::var(name).ok()),
            settings: settings.clone(),
        }
    }
}

fn bytes(event: &Value) -> Blob {
    Blob::new(json::print(event).unwrap_or_default().into_bytes())
}

impl Services for AwsServices {
    async fn invoke(&self, function_arn: &str, event: &Value) -> Result<(), String> {
        let call = self.lambda.invoke().function_name(function_arn).invocation_type(InvocationType::Event);
        call.payload(bytes(event)).send().await.map(|_| ()).map_err(|error| causes(&error))
    }

    async fn recognize(&self, bot: &Bot, session_id: &str, text: &str) -> Result<Value, String> {
        let missing = |what: &str| format!("bot {} has no {what}: refresh the cache", bot.name);
        let call = self
            .lex
            .recognize_text()
            .bot_id(bot.id.as_deref().ok_or_else(|| missing("identifier"))?)
            .bot_alias_id(bot.alias_id.as_deref().ok_or_else(|| missing("alias"))?)
            .locale_id(bot.locale_id.as_deref().ok_or_else(|| missing("locale"))?)
            .session_id(session_id)
            .text(text);
        let reply = call.send().await.map_err(|error| causes(&error))?;
        let interpretations: Vec<Value> = reply
            .interpretations()
            .iter()
            .map(|it| {
                let mut out = Map::new();
                if let Some(confidence) = it.nlu_confidence() {
                    let mut score = Map::new();
                    score.insert("score", Value::Number(confidence.score()));
                    out.insert("nluConfidence", Value::from(score));
                }
                if let Some(intent) = it.intent() {
                    let mut named = Map::new();
                    named.insert("name", intent.name().into());
                    out.insert("intent", Value::from(named));
                }
                Value::from(out)
            })
            .collect();
        let mut out = Map::new();
        out.insert("interpretations", Value::from(interpretations));
        Ok(Value::from(out))
    }

    async fn send_sms(&self, number: &str, message: &str) -> Result<(), String> {
        self.messages.send(&self.settings.dialled(number), message).await
    }

    async fn count_metric(&self, name: &str, value: f64) -> Result<(), String> {
        let stage = Dimension::builder().name("Environment").value(&*self.settings.stage).build();
        let datum = MetricDatum::builder()
            .metric_name(name)
            .dimensions(stage)
            .unit(StandardUnit::Count)
            .value(value)
            .build();
        let call = self.metrics.put_metric_data().namespace(&*self.settings.service).metric_data(datum);
        call.send().await.map(|_| ()).map_err(|error| causes(&error))
    }
}

/// The identifier of the instance in `INSTANCE_ID` or `INSTANCE_ARN`.
///
/// # Errors
/// Neither is set.
pub fn instance(variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let from_arn = || given("INSTANCE_ARN").and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
    given("INSTANCE_ID")
        .or_else(from_arn)
        .ok_or_else(|| "neither INSTANCE_ID nor INSTANCE_ARN is set".to_owned())
}

/// Attributes of contacts of one instance.
#[derive(Clone, Debug)]
pub struct AwsAttributes {
    client: aws_sdk_connect::Client,
    instance: String,
}

impl AwsAttributes {
    /// Those of the instance in `INSTANCE_ID` or `INSTANCE_ARN`.
    ///
    /// # Errors
    /// Neither is set.
    pub fn new(configuration: &SdkConfig, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let instance = instance(variable)?;
        Ok(AwsAttributes { client: aws_sdk_connect::Client::new(configuration), instance })
    }
}

impl Attributes for AwsAttributes {
    async fn attributes(&self, contact_id: &str) -> Result<Map, String> {
        let call = self.client.get_contact_attributes().instance_id(&self.instance);
        let reply = call.initial_contact_id(contact_id).send().await.map_err(|error| causes(&error))?;
        let mut out = Map::new();
        for (name, value) in reply.attributes().into_iter().flatten() {
            out.insert(name.as_str(), value.as_str().into());
        }
        Ok(out)
    }

    async fn update_attributes(&self, contact_id: &str, changes: &Map) -> Result<(), String> {
        let mut call = self.client.update_contact_attributes().instance_id(&self.instance);
        call = call.initial_contact_id(contact_id);
        for (name, value) in changes {
            call = call.attributes(&**name, &*value.text());
        }
        call.send().await.map(|_| ()).map_err(|error| causes(&error))
    }
}

/// Functions that are called for their answer.
#[derive(Clone, Debug)]
pub struct AwsFleet {
    client: aws_sdk_lambda::Client,
}

impl AwsFleet {
    /// The functions of the account.
    pub fn new(configuration: &SdkConfig) -> Self {
        AwsFleet { client: aws_sdk_lambda::Client::new(configuration) }
    }
}

impl Fleet for AwsFleet {
    async fn call(&self, function_arn: &str, event: &Value) -> Result<Value, String> {
        let call = self.client.invoke().function_name(function_arn).payload(bytes(event));
        let reply = call.send().await.map_err(|error| causes(&error))?;
        if let Some(error) = reply.function_error() {
            return Err(format!("the function failed: {error}"));
        }
        let payload = reply.payload().map(|it| it.as_ref().to_vec()).unwrap_or_default();
        let text = String::from_utf8(payload).map_err(|_| "the answer is no text".to_owned())?;
        json::parse(&text).map_err(|error| format!("the answer is no JSON: {error}"))
    }
}

/// The backup bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: aws_sdk_s3::Client,
    name: String,
}

impl Bucket {
    /// The bucket in `BACKUP_BUCKET_NAME`, by default `<stage>-<service>-backup-<account>`.
    ///
    /// # Errors
    /// Neither it nor `ACCOUNT_NUMBER` is set.
    pub fn new(
        configuration: &SdkConfig,
        settings: &Settings,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let usual = |account| format!("{}-{}-backup-{account}", settings.stage, settings.service);
        let name = given("BACKUP_BUCKET_NAME").or_else(|| given("ACCOUNT_NUMBER").map(usual));
        let name = name.ok_or("neither BACKUP_BUCKET_NAME nor ACCOUNT_NUMBER is set")?;
        // Servers for tests know no bucket names in host names.
        let path = given("AWS_ENDPOINT_URL").is_some() || given("AWS_ENDPOINT_URL_S3").is_some();
        let s3 = aws_sdk_s3::config::Builder::from(configuration).force_path_style(path).build();
        Ok(Bucket { client: aws_sdk_s3::Client::from_conf(s3), name })
    }
}

impl Shelf for Bucket {
    async fn keep(&self, key: &str, text: String) -> Result<(), String> {
        let call = self.client.put_object().bucket(&self.name).key(key);
        let sent = call.body(ByteStream::from(text.into_bytes())).send().await;
        sent.map(|_| ()).map_err(|error| causes(&error))
    }

    async fn find(&self, key: &str) -> Result<Option<String>, String> {
        match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => {
                let body = object.body.collect().await.map_err(|error| causes(&error))?;
                Ok(String::from_utf8(body.to_vec()).ok())
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(causes(&error)),
        }
    }
}
