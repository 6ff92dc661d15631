"""Reads delivered records with boto3, or with flowlogs-reader, for a test.

Arguments: the URL of the service, and `boto3` or `flowlogs-reader`. Standard input: a JSON list of places,
{"bucket": …, "prefix": …} or {"group": …}, flowlogs-reader's with the "from" and "to" of the records in Unix
seconds. Standard output: a JSON list with the lines of each place, in the order they came in.
"""

import datetime
import gzip
import json
import sys

import boto3

ENDPOINT, READER = sys.argv[1:]
SESSION = boto3.session.Session()


def client(service):
    return SESSION.client(service, endpoint_url=ENDPOINT)


def objects(place):
    s3 = client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place["bucket"], Prefix=place["prefix"])
    for page in pages:
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=place["bucket"], Key=item["Key"])["Body"].read()
            # The header is the reader's to know: the first line of each object.
            yield from gzip.decompress(body).decode().splitlines()[1:]


def events(place):
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=place["group"])
    for page in pages:
        for event in page["events"]:
            yield event["message"]


def by_boto3(place):
    return list(objects(place) if "bucket" in place else events(place))


def by_flowlogs_reader(place):
    import flowlogs_reader

    span = {
        "start_time": datetime.datetime.utcfromtimestamp(place["from"]),
        "end_time": datetime.datetime.utcfromtimestamp(place["to"]),
        "raise_on_error": True,
    }
    if "bucket" in place:
        location = "%s/%s" % (place["bucket"], place["prefix"])
        reader = flowlogs_reader.S3FlowLogsReader(location, boto_client=client("s3"), **span)
    else:
        reader = flowlogs_reader.FlowLogsReader(
            place["group"], fields=None, ec2_client=client("ec2"), boto_client=client("logs"), **span
        )
    lines = []
    for record in reader:
        named = record.to_dict()
        named["start"] = int(named["start"].replace(tzinfo=datetime.timezone.utc).timestamp())
        named["end"] = int(named["end"].replace(tzinfo=datetime.timezone.utc).timestamp())
        lines.append(" ".join(str(named.get(field, "-")) for field in flowlogs_reader.flowlogs_reader.DEFAULT_FIELDS))
    return lines


read = {"boto3": by_boto3, "flowlogs-reader": by_flowlogs_reader}[READER]
json.dump([read(place) for place in json.load(sys.stdin)], sys.stdout)
