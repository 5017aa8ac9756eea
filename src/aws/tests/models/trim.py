#!/usr/bin/env python3
"""Writes the models of the requests that this program sends, from the service models that AWS publishes.

Usage: trim.py            (needs `pip install botocore`)

Kept are the operations below with the shapes of their inputs; documentation and answers are left out. Of all other
operations the names are kept, by which a test finds a call that is not checked.
"""

import gzip
import json
import pathlib

import botocore

DATA = pathlib.Path(botocore.__file__).parent / "data"
HERE = pathlib.Path(__file__).parent
OPERATIONS = {
    "connect": """DescribeInstance ListInstances ListHoursOfOperations DescribeHoursOfOperation ListQueues DescribeQueue
        ListRoutingProfiles ListRoutingProfileQueues DescribeRoutingProfile ListContactFlows DescribeContactFlow
        CreateContactFlow UpdateContactFlowContent UpdateContactFlowMetadata TagResource ListPrompts ListPhoneNumbers
        ListPhoneNumbersV2 BatchGetFlowAssociation AssociatePhoneNumberContactFlow ListLambdaFunctions
        AssociateLambdaFunction ListBots AssociateBot UpdateQueueOutboundCallerConfig GetContactAttributes
        UpdateContactAttributes StopContact""",
    "lambda": """ListFunctions GetFunctionConfiguration ListVersionsByFunction ListAliases GetPolicy AddPermission
        UpdateFunctionCode PublishVersion UpdateAlias CreateAlias Invoke""",
    "lexv2-models": """ListBots ListBotAliases DescribeBotAlias DescribeResourcePolicy ListTagsForResource CreateBot
        DescribeBot DescribeBotLocale DeleteBotLocale CreateBotLocale CreateIntent CreateSlot UpdateIntent
        BuildBotLocale CreateBotVersion DescribeBotVersion UpdateBotAlias CreateBotAlias TagResource
        ListBotVersions DeleteBotVersion DeleteBot""",
    "lexv2-runtime": "RecognizeText",
    "cloudformation": """DescribeStacks ListStackResources CreateChangeSet DescribeChangeSet ExecuteChangeSet
        DeleteChangeSet DeleteStack DescribeStackEvents""",
    "sts": "AssumeRole GetCallerIdentity",
    "logs": "FilterLogEvents",
    "service-quotas": "ListServiceQuotas",
    "events": "ListRules",
    "cloudwatch": "GetMetricData PutMetricData",
    "s3": """HeadBucket CreateBucket PutPublicAccessBlock HeadObject GetObject PutObject ListObjectVersions
        DeleteObjects DeleteBucket""",
    "sns": "Publish",
    "pinpoint": "SendMessages",
    "dynamodb": """CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive
        UpdateContinuousBackups GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem
        TransactGetItems TransactWriteItems""",
}
METADATA = ["apiVersion", "endpointPrefix", "protocol", "serviceId", "targetPrefix"]
OF_SHAPES = ["type", "required", "enum", "min", "max", "pattern", "payload", "flattened", "locationName", "union"]
OF_MEMBERS = ["shape", "location", "locationName", "flattened", "queryName", "xmlAttribute"]


def some(of, names):
    return {name: of[name] for name in names if name in of}


def shape(full):
    out = some(full, OF_SHAPES)
    for part in ("member", "key", "value"):
        if part in full:
            out[part] = some(full[part], OF_MEMBERS)
    if "members" in full:
        out["members"] = {name: some(member, OF_MEMBERS) for name, member in full["members"].items()}
    return out


def trimmed(model, names):
    out = {"metadata": some(model["metadata"], METADATA), "operations": {}, "shapes": {}}
    wanted = []
    for name in sorted(names):
        operation = model["operations"][name]
        kept = {"http": some(operation["http"], ["method", "requestUri"])}
        if "input" in operation:
            kept["input"] = operation["input"]["shape"]
            wanted.append(kept["input"])
        out["operations"][name] = kept
    while wanted:
        name = wanted.pop()
        if name in out["shapes"]:
            continue
        kept = out["shapes"][name] = shape(model["shapes"][name])
        parts = list(kept.get("members", {}).values()) + [kept[it] for it in ("member", "key", "value") if it in kept]
        wanted += [part["shape"] for part in parts]
    out["shapes"] = dict(sorted(out["shapes"].items()))
    out["others"] = sorted(set(model["operations"]) - set(names))
    return out


for service, names in OPERATIONS.items():
    path = sorted((DATA / service).glob("*/service-2.json*"))[-1]
    read = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt") as file:
        model = trimmed(json.load(file), names.split())
    lines = ["{", f' "metadata": {json.dumps(model["metadata"])},', f' "others": {json.dumps(model["others"])},']
    for part in ("operations", "shapes"):
        items = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in model[part].items()]
        lines += [f' "{part}": {{', ",\n".join(items), " }," if part == "operations" else " }"]
    (HERE / f"{service}.json").write_text("\n".join(lines + ["}", ""]))
