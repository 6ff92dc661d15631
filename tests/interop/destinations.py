"""Makes destinations and reads what was delivered into them, by boto3 and pyarrow, for a test.

Arguments: the URL of S3, CloudWatch Logs and Firehose, and `make` or `read`. Standard input and output: JSON.

make: {"buckets": [name…], "streams": [{"name": …, "bucket": …, "prefix": …}…]}
read: a list of places, {"bucket": …, "prefix": …, "form": "text" | "parquet" | "messages"} or {"group": …}; for each,
{"lines": […], "objects": [{"key": …, "columns": …, "sha256": …}…], "streams": […]}.
"""

import collections
import gzip
import hashlib
import io
import json
import sys

import boto3
import pyarrow.parquet

URL, TASK = sys.argv[1:]
SESSION = boto3.session.Session()


def client(service):
    return SESSION.client(service, endpoint_url=URL)


def make(wanted):
    s3 = client("s3")
    for bucket in wanted["buckets"]:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": SESSION.region_name})
    firehose = client("firehose")
    for stream in wanted["streams"]:
        firehose.create_delivery_stream(
            DeliveryStreamName=stream["name"],
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/firehose",
                "BucketARN": "arn:aws:s3:::" + stream["bucket"],
                "Prefix": stream["prefix"],
            },
        )
    return {}


def text_of(body):
    """The header of an object of text, and its lines."""
    text = gzip.decompress(body).decode("ascii")
    assert text.endswith("\n"), "the last line has no end"
    header, *lines = text[:-1].split("\n")
    return header.split(" "), lines


def parquet_of(body):
    """[column, type] of an object of Parquet, and its rows as lines of text."""
    file = pyarrow.parquet.ParquetFile(io.BytesIO(body))
    table = file.read()
    compression = {
        file.metadata.row_group(group).column(column).compression
        for group in range(file.metadata.num_row_groups)
        for column in range(file.metadata.num_columns)
    }
    assert compression <= {"GZIP"}, compression
    columns = [[field.name, str(field.type)] for field in file.schema_arrow]
    values = [["-" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    return columns, [" ".join(row) for row in zip(*values)]


def messages_of(body):
    """Of what a Firehose stream delivered: JSON documents, each with its line end."""
    text = body.decode("ascii")
    assert text == "" or text.endswith("\n"), "the last record has no line end"
    documents = [json.loads(line) for line in text.splitlines()]
    assert all(list(document) == ["message"] for document in documents), "other members than message"
    return None, [document["message"] for document in documents]


FORMS = {"text": text_of, "parquet": parquet_of, "messages": messages_of}


def read_objects(place):
    s3 = client("s3")
    lines, objects = [], []
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place["bucket"], Prefix=place["prefix"])
    for page in pages:
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=place["bucket"], Key=item["Key"])["Body"].read()
            columns, rows = FORMS[place["form"]](body)
            lines += rows
            digest = hashlib.sha256(body).hexdigest()
            objects.append({"key": item["Key"], "columns": columns, "sha256": digest, "rows": len(rows)})
    return {"lines": lines, "objects": objects, "streams": []}


def read_group(place):
    """Every event of every stream, by get_log_events."""
    logs = client("logs")
    lines, streams, group = [], [], place["group"]
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
        for stream in page["logStreams"]:
            counts = collections.Counter()
            token = None
            while True:
                more = {} if token is None else {"nextToken": token}
                got = logs.get_log_events(
                    logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True, **more
                )
                counts.update((event["timestamp"], event["message"]) for event in got["events"])
                if got["nextForwardToken"] == token:
                    break
                token = got["nextForwardToken"]
            streams.append({"name": stream["logStreamName"], "times": sorted({time for time, _ in counts})})
            lines += [message for _, message in counts.elements()]
    return {"lines": lines, "objects": [], "streams": streams}


def read(places):
    return [read_group(place) if "group" in place else read_objects(place) for place in places]


json.dump({"make": make, "read": read}[TASK](json.load(sys.stdin)), sys.stdout)
