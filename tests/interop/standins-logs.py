"""Uses the embedded CloudWatch Logs by boto3. Arguments: the URL, the time now in ms. Prints JSON."""

import json
import sys

import boto3

url, now = sys.argv[1], int(sys.argv[2])
logs = boto3.session.Session().client("logs", endpoint_url=url)
logs.create_log_group(logGroupName="boto", tags={"team": "net"})
logs.put_retention_policy(logGroupName="boto", retentionInDays=30)
logs.create_log_stream(logGroupName="boto", logStreamName="s")
for i in range(3):
    events = [{"timestamp": now + i * 10 + j, "message": "m%d é" % (i * 10 + j)} for j in range(10)]
    logs.put_log_events(logGroupName="boto", logStreamName="s", logEvents=events)
pages = logs.get_paginator("filter_log_events").paginate(
    logGroupName="boto", PaginationConfig={"PageSize": 7}
)
filtered = [event["message"] for page in pages for event in page["events"]]
got, token = [], None
while True:
    extra = {} if token is None else {"nextToken": token}
    page = logs.get_log_events(
        logGroupName="boto", logStreamName="s", startFromHead=True, limit=8, **extra
    )
    got += [event["message"] for event in page["events"]]
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]
group = logs.describe_log_groups(logGroupNamePrefix="boto")["logGroups"][0]
try:
    logs.delete_log_group(logGroupName="none")
except logs.exceptions.ResourceNotFoundException as error:
    refusal = error.response["Error"]["Message"]
print(
    json.dumps(
        {
            "filtered": filtered,
            "got": got,
            "retention": group["retentionInDays"],
            "tags": logs.list_tags_log_group(logGroupName="boto")["tags"],
            "refusal": refusal,
        }
    )
)
