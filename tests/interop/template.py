"""Asks for the template of an integration with boto3, and reads what is in the bucket.

Argument: the URL of the service. Standard input: the members of the request as JSON.
Standard output: {"result": …, "key": …, "kept": …}.
"""

import json
import sys

import boto3
from botocore.config import Config

session = boto3.session.Session()
ec2 = session.client("ec2", endpoint_url=sys.argv[1])
s3 = session.client("s3", endpoint_url=sys.argv[1], config=Config(s3={"addressing_style": "path"}))
request = json.load(sys.stdin)
bucket = request["ConfigDeliveryS3DestinationArn"].split(":::")[1].split("/")[0]
result = ec2.get_flow_logs_integration_template(**request)["Result"]
[found] = s3.list_objects_v2(Bucket=bucket)["Contents"]
kept = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
s3.delete_object(Bucket=bucket, Key=found["Key"])
print(json.dumps({"result": result, "key": found["Key"], "kept": kept.decode()}))
