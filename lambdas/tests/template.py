"""The template on moto, which behaves like CloudFormation: made, changed, taken away; pipelines are read.

Run by `.ci/run cloud`. moto knows no aliases of functions, so references to them become references to the functions,
and keeps no tables when their stack goes.
"""

import io
import json
import pathlib
import re
import sys
import zipfile

import boto3
import yaml
from moto import mock_aws

ROOT = pathlib.Path(__file__).parent.parent.parent
STACK = "dev-rules-engine-connect-rules"
REGION = "ap-southeast-2"
SHORT = ["Evaluator", "Ratelimiter", "Lexfulfillment", "Contactevents", "Scheduler", "Integrationecho"]


def template():
    document = json.loads((ROOT / "lambdas/template.json").read_text())
    kept = {k: v for k, v in document["Resources"].items() if v["Type"] != "AWS::Lambda::Alias"}
    for resource in kept.values():
        resource.pop("DependsOn", None)
        # moto deletes tables with their stack, and stumbles over those that are protected.
        resource["Properties"].pop("DeletionProtectionEnabled", None)
    document["Resources"] = kept
    text = json.dumps(document, separators=(",", ":"))
    return re.sub(r'\{"Ref":"(\w+)Live"\}', r'{"Fn::GetAtt":["\1","Arn"]}', text)


def change(cloudformation, kind, number, parameters):
    made = cloudformation.create_change_set(
        StackName=STACK,
        ChangeSetName=f"c{number}",
        ChangeSetType=kind,
        TemplateBody=template(),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    assert status == f"{kind}_COMPLETE", status


@mock_aws
def stack():
    client = lambda name: boto3.client(name, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
    s3, cloudformation, functions, tables = map(client, ["s3", "cloudformation", "lambda", "dynamodb"])
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "")
    s3.put_object(Bucket="code", Key="k.zip", Body=package.getvalue())
    parameters = {
        "Stage": "dev",
        "InstanceArn": f"arn:aws:connect:{REGION}:123456789012:instance/01234567-89ab-cdef-0123-456789abcdef",
        "CodeBucket": "code",
        **{f"{name}Key": "k.zip" for name in SHORT},
    }
    names = lambda: sorted(tables.list_tables()["TableNames"])
    there = lambda: {it["FunctionName"]: it for it in functions.list_functions()["Functions"]}
    # What is there already is left alone. moto knows no conditions in updates, so this stack is only made.
    change(cloudformation, "CREATE", 1, {**parameters, "MakeUsersTable": "false", "MakeLexfulfillment": "false"})
    assert len(names()) == 11 and "dev-rules-engine-users-ddb" not in names(), names()
    assert len(there()) == 5 and "dev-rules-engine-lexfulfillment" not in there(), list(there())
    cloudformation.delete_stack(StackName=STACK)
    assert not there(), list(there())
    change(cloudformation, "CREATE", 2, parameters)
    assert len(names()) == 12 and len(there()) == 6, names()
    evaluator = there()["dev-rules-engine-evaluator"]
    assert (evaluator["MemorySize"], evaluator["Timeout"], evaluator["Runtime"]) == (512, 7, "provided.al2023")
    callbacks = tables.describe_table(TableName="dev-rules-engine-callback-ddb")["Table"]
    assert [it["IndexName"] for it in callbacks["GlobalSecondaryIndexes"]] == ["QueueIndex"], callbacks
    change(cloudformation, "UPDATE", 3, {**parameters, "Version": "2", "LogCustomerData": "true"})
    now = functions.get_function_configuration(FunctionName="dev-rules-engine-evaluator")
    assert now["Environment"]["Variables"]["VERSION"] == "2", now
    cloudformation.delete_stack(StackName=STACK)
    assert not there(), list(there())


def pipelines():
    actions = yaml.safe_load((ROOT / "docs/pipelines/github-actions.yml").read_text())
    for job in actions["jobs"].values():
        assert all("run" in step or "uses" in step for step in job["steps"]), job
    build = yaml.safe_load((ROOT / "docs/pipelines/codebuild.yml").read_text())
    assert build["version"] == 0.2 and set(build["phases"]) <= {"install", "pre_build", "build", "post_build"}


if __name__ == "__main__":
    stack()
    pipelines()
    sys.stdout.write("template and pipelines: ok\n")
