//! What services usually answer, as short as their answers may be. Lists come in two pages.

use serde_json::{Value, json};

use super::recorder::Answer;

/// An answer that names an error as services of JSON do.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    (status, json!({"__type": code, "code": code, "message": message}).to_string().into_bytes())
}

/// An answer that names an error as services of the query protocol do.
pub fn xml_error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body.into_bytes())
}

/// An answer of JSON.
pub fn ok(value: &Value) -> Answer {
    (200, value.to_string().into_bytes())
}

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "connect", "Effect": "Allow",
    "Principal": {"Service": "connect.amazonaws.com"}, "Action": ["lambda:InvokeFunction", "lex:*"], "Resource": "*",
    "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}, "ArnLike":
    {"AWS:SourceArn": "arn:aws:connect:ap-southeast-2:123456789012:instance/11111111-2222-3333-4444-555555555555"}}}]}"#;

fn json_answer(operation: &str) -> Value {
    let function = json!({
        "FunctionName": "dev-rules-evaluator", "MemorySize": 256, "Timeout": 8, "CodeSize": 10, "CodeSha256": "c2hh",
        "FunctionArn": "arn:aws:lambda:ap-southeast-2:123456789012:function:dev-rules-evaluator",
        "Runtime": "provided.al2023", "Architectures": ["arm64"], "LastModified": "2026-01-31T10:11:12.000+0000",
        "Environment": {"Variables": {"VERSION": "1.2.3"}}
    });
    let mut active = function.clone();
    active["State"] = json!("Active");
    active["LastUpdateStatus"] = json!("Successful");
    match operation {
        "connect.ListInstances" => json!({"InstanceSummaryList": [{"Id": "i", "InstanceAlias": "shop"}]}),
        "connect.DescribeInstance" => {
            json!({"Instance": {"Id": "i", "Arn": "arn", "InstanceAlias": "a", "InstanceStatus": "ACTIVE"}})
        }
        "connect.ListHoursOfOperations" => json!({"HoursOfOperationSummaryList": [{"Id": "h1"}]}),
        "connect.DescribeHoursOfOperation" => {
            json!({"HoursOfOperation": {"HoursOfOperationId": "h1", "Name": "Hours",
            "TimeZone": "Australia/Melbourne", "Config": [{"Day": "MONDAY", "StartTime": {"Hours": 9, "Minutes": 0},
            "EndTime": {"Hours": 17, "Minutes": 0}}]}})
        }
        "connect.ListQueues" => json!({"QueueSummaryList": [{"Id": "q1"}]}),
        "connect.DescribeQueue" => json!({"Queue": {"QueueId": "q1", "Name": "Queue", "QueueArn": "arn:q1",
            "OutboundCallerConfig": {"OutboundCallerIdName": "Us", "OutboundCallerIdNumberId": "n1"}}}),
        "connect.ListRoutingProfiles" => {
            json!({"RoutingProfileSummaryList": [{"Id": "r1", "Name": "Profile"}]})
        }
        "connect.ListRoutingProfileQueues" => {
            json!({"RoutingProfileQueueConfigSummaryList": [{"QueueId": "q1",
            "QueueArn": "arn:q1", "QueueName": "Queue", "Priority": 1, "Delay": 0, "Channel": "VOICE"}]})
        }
        "connect.DescribeRoutingProfile" => {
            json!({"RoutingProfile": {"RoutingProfileId": "r1", "Name": "Profile",
            "DefaultOutboundQueueId": "q1", "MediaConcurrencies": [{"Channel": "TASK", "Concurrency": 4}]}})
        }
        "connect.ListContactFlows" => {
            json!({"ContactFlowSummaryList": [{"Id": "f1", "Arn": "arn:f1", "Name": "Main",
            "ContactFlowType": "CONTACT_FLOW", "ContactFlowState": "ACTIVE", "ContactFlowStatus": "PUBLISHED"}]})
        }
        "connect.DescribeContactFlow" => {
            json!({"ContactFlow": {"Id": "f1", "Name": "Main", "Type": "CONTACT_FLOW",
            "Content": "{}", "State": "ACTIVE", "Status": "PUBLISHED", "Tags": {"stage": "dev"}}})
        }
        "connect.CreateContactFlow" => json!({"ContactFlowId": "f2", "ContactFlowArn": "arn:f2"}),
        "connect.ListPrompts" => json!({"PromptSummaryList": [{"Id": "p1", "Name": "Prompt"}]}),
        "connect.ListPhoneNumbers" => {
            json!({"PhoneNumberSummaryList": [{"Id": "n1", "PhoneNumber": "+61390000000"}]})
        }
        "connect.ListPhoneNumbersV2" => json!({"ListPhoneNumbersSummaryList": [{"PhoneNumberId": "n1",
            "PhoneNumberArn": "arn:aws:connect:ap-southeast-2:123456789012:phone-number/n1",
            "PhoneNumber": "+61390000000"}]}),
        "connect.BatchGetFlowAssociation" => json!({"FlowAssociationSummaryList": [{"FlowId": "f1",
            "ResourceId": "arn:aws:connect:ap-southeast-2:123456789012:phone-number/n1"}]}),
        "connect.ListLambdaFunctions" => json!({"LambdaFunctions": ["arn:function"]}),
        "connect.ListBots" => json!({"LexBots": [{"LexV2Bot": {"AliasArn": "arn:alias"}}]}),
        "connect.GetContactAttributes" => json!({"Attributes": {"Language": "en"}}),
        "pinpoint.SendMessages" => json!({"ApplicationId": "0123456789abcdef", "Result": {"+61400000000":
            {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}),
        "lambda.ListFunctions" => json!({"Functions": [function, {"FunctionName": "other"}]}),
        "lambda.GetFunctionConfiguration" | "lambda.UpdateFunctionCode" => active,
        "lambda.ListVersionsByFunction" => json!({"Versions": [{"Version": "$LATEST"}, {"Version": "2"}]}),
        "lambda.ListAliases" => json!({"Aliases": [{"Name": "live", "FunctionVersion": "2"}]}),
        "lambda.GetPolicy" => json!({"Policy": POLICY}),
        "lambda.PublishVersion" => json!({"Version": "3", "CodeSha256": "c2hh"}),
        "models-v2-lex.ListBots" => {
            json!({"botSummaries": [{"botName": "dev-rules-yesno", "botId": "BOT0000001",
            "botStatus": "Available"}, {"botName": "other", "botId": "BOT0000009"}]})
        }
        "models-v2-lex.ListBotAliases" => json!({"botAliasSummaries": [{"botAliasName": "PROD",
            "botAliasId": "ALIAS00001", "botVersion": "1"}]}),
        "models-v2-lex.DescribeBotAlias" => {
            json!({"botAliasStatus": "Available", "botAliasLocaleSettings": {"en_AU":
            {"enabled": true, "codeHookSpecification": {"lambdaCodeHook": {"lambdaARN": "arn:function",
            "codeHookInterfaceVersion": "1.0"}}}}})
        }
        "models-v2-lex.DescribeResourcePolicy" => json!({"policy": POLICY}),
        "models-v2-lex.ListTagsForResource" => json!({"tags": {"content-sha256": "abc"}}),
        "models-v2-lex.CreateBot" => json!({"botId": "BOT0000002"}),
        "models-v2-lex.DescribeBot" | "models-v2-lex.DescribeBotVersion" => json!({"botStatus": "Available"}),
        "models-v2-lex.DescribeBotLocale" => json!({"botLocaleStatus": "Built"}),
        "models-v2-lex.CreateIntent" => json!({"intentId": "INTENT0001"}),
        "models-v2-lex.CreateSlot" => json!({"slotId": "SLOT000001"}),
        "models-v2-lex.ListBotVersions" => json!({"botVersionSummaries": [{"botVersion": "DRAFT"},
            {"botVersion": "10"}, {"botVersion": "9"}, {"botVersion": "2"}, {"botVersion": "1"}]}),
        "models-v2-lex.CreateBotVersion" => json!({"botVersion": "7"}),
        "models-v2-lex.CreateBotAlias" => json!({"botAliasId": "ALIAS00002"}),
        "runtime-v2-lex.RecognizeText" => {
            json!({"interpretations": [{"intent": {"name": "Yes", "state": "Fulfilled"},
            "nluConfidence": {"score": 0.9}}]})
        }
        "logs.FilterLogEvents" => json!({"events": [{"eventId": "e1", "timestamp": 5, "message": "line\n"}]}),
        "servicequotas.ListServiceQuotas" => {
            json!({"Quotas": [{"QuotaCode": "L-1", "QuotaName": "Flows", "Value": 100.0,
            "Adjustable": true}]})
        }
        "events.ListRules" => json!({"Rules": [{"Name": "dev-rules-cache", "State": "ENABLED",
            "ScheduleExpression": "rate(1 hour)"}]}),
        _ => json!({}),
    }
}

/// Name of the token for the next page, for operations that have pages.
fn token(operation: &str) -> Option<&'static str> {
    let (service, name) = operation.split_once('.')?;
    match service {
        _ if !name.starts_with("List") && name != "FilterLogEvents" => None,
        "lambda" => Some("NextMarker"),
        "models-v2-lex" if name != "ListTagsForResource" => Some("nextToken"),
        "logs" => Some("nextToken"),
        "connect" | "servicequotas" | "events" => Some("NextToken"),
        _ => None,
    }
}

fn xml_answer(operation: &str, before: usize) -> Option<String> {
    let next = if before == 0 { "<NextToken>more</NextToken>" } else { "" };
    Some(match operation {
        "sts.GetCallerIdentity" => "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
            <Arn>arn:aws:iam::123456789012:user/a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
            .to_owned(),
        "cloudformation.DescribeStacks" => "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
            <StackName>dev-rules</StackName><StackId>arn:stack</StackId><StackStatus>REVIEW_IN_PROGRESS</StackStatus>\
            <CreationTime>2026-01-31T10:11:12Z</CreationTime><Outputs><member><OutputKey>a</OutputKey><OutputValue>b\
            </OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
            .to_owned(),
        "sns.Publish" => {
            "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>".to_owned()
        }
        "cloudformation.ListStackResources" => format!(
            "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>\
            <LogicalResourceId>Table</LogicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
            </StackResourceSummaries>{next}</ListStackResourcesResult></ListStackResourcesResponse>"
        ),
        "cloudformation.CreateChangeSet" => "<CreateChangeSetResponse><CreateChangeSetResult>\
            <Id>arn:aws:cloudformation:ap-southeast-2:123456789012:changeSet/a/1</Id></CreateChangeSetResult>\
            </CreateChangeSetResponse>"
            .to_owned(),
        "cloudformation.DescribeChangeSet" => format!(
            "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status><Changes><member>\
            <ResourceChange><Action>Modify</Action><LogicalResourceId>Function</LogicalResourceId><Details><member>\
            <Target><Attribute>Properties</Attribute><Name>MemorySize</Name></Target></member></Details>\
            </ResourceChange></member></Changes>{next}</DescribeChangeSetResult></DescribeChangeSetResponse>"
        ),
        "cloudformation.DescribeStackEvents" => format!(
            "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents><member><EventId>e{}</EventId>\
            <Timestamp>2026-01-31T10:11:1{}Z</Timestamp></member></StackEvents>{next}</DescribeStackEventsResult>\
            </DescribeStackEventsResponse>",
            9 - before,
            9 - before
        ),
        "s3.ListObjectVersions" if before == 0 => "<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId>\
            </Version><DeleteMarker><Key>b</Key><VersionId>2</VersionId></DeleteMarker></ListVersionsResult>"
            .to_owned(),
        "s3.ListObjectVersions" => "<ListVersionsResult></ListVersionsResult>".to_owned(),
        "s3.DeleteObjects" => "<DeleteResult></DeleteResult>".to_owned(),
        _ if operation.starts_with("cloudformation.") => {
            let name = operation.trim_start_matches("cloudformation.");
            format!("<{name}Response><{name}Result></{name}Result></{name}Response>")
        }
        _ if operation.starts_with("s3.") => String::new(),
        _ => return None,
    })
}

/// The answer to a request of an operation, after as many before.
pub fn answer(operation: &str, before: usize) -> Answer {
    if let Some(xml) = xml_answer(operation, before) {
        return (200, xml.into_bytes());
    }
    let mut value = json_answer(operation);
    if operation == "monitoring.GetMetricData" {
        let mut out = json!({"MetricDataResults": [{"Id": "m0x0", "Values": [3.0]}]});
        if before == 0 {
            out["NextToken"] = json!("more");
        }
        let mut body = Vec::new();
        ciborium::into_writer(&out, &mut body).expect("CBOR");
        return (200, body);
    }
    if let (Some(token), 0) = (token(operation), before) {
        value[token] = json!("more");
    }
    ok(&value)
}
