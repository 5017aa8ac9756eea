//! Text messages: through Pinpoint where it is set up, else through SNS (`spec/lambdas.md` 6.11).

use aws_config::SdkConfig;
use aws_sdk_pinpoint::types::{
    AddressConfiguration, ChannelType, DeliveryStatus, DirectMessageConfiguration, MessageRequest,
    MessageType, SmsMessage,
};
use connect_rules_engine::problem::causes;

/// Sends text messages.
#[derive(Clone, Debug)]
pub enum Messages {
    /// By SNS, from a number that it chooses.
    Sns(aws_sdk_sns::Client),
    /// By a Pinpoint application.
    Pinpoint {
        /// Its client.
        client: aws_sdk_pinpoint::Client,
        /// The application.
        application: String,
        /// Number that messages come from.
        origin: String,
    },
}

impl Messages {
    /// Pinpoint if both `PINPOINT_APPLICATION_ID` and `ORIGINATION_NUMBER` are set.
    pub fn new(configuration: &SdkConfig, variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        match (given("PINPOINT_APPLICATION_ID"), given("ORIGINATION_NUMBER")) {
            (Some(application), Some(origin)) => Messages::Pinpoint {
                client: aws_sdk_pinpoint::Client::new(configuration),
                application,
                origin,
            },
            _ => Messages::Sns(aws_sdk_sns::Client::new(configuration)),
        }
    }

    /// Sends a message to a number (E.164).
    ///
    /// # Errors
    /// Why it was not sent.
    pub async fn send(&self, number: &str, message: &str) -> Result<(), String> {
        match self {
            Messages::Sns(client) => {
                let sent = client.publish().phone_number(number).message(message).send().await;
                sent.map(|_| ()).map_err(|error| causes(&error))
            }
            Messages::Pinpoint { client, application, origin } => {
                let sms = SmsMessage::builder()
                    .body(message)
                    .message_type(MessageType::Transactional)
                    .origination_number(origin)
                    .build();
                let request = MessageRequest::builder()
                    .addresses(number, AddressConfiguration::builder().channel_type(ChannelType::Sms).build())
                    .message_configuration(DirectMessageConfiguration::builder().sms_message(sms).build())
                    .build();
                let call = client.send_messages().application_id(application).message_request(request);
                let sent = Box::pin(call.send()).await;
                let sent = sent.map_err(|error| causes(&error))?;
                // The number as it was sent: that is the key of its status (L-16).
                let result = sent.message_response().and_then(|it| it.result()).and_then(|it| it.get(number));
                match result {
                    Some(result) if result.delivery_status() == Some(&DeliveryStatus::Successful) => Ok(()),
                    Some(result) => Err(result.status_message().unwrap_or("it was not delivered").to_owned()),
                    None => Err("Pinpoint says nothing about the number".to_owned()),
                }
            }
        }
    }
}
