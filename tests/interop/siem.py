"""A consumer as SIEMs have it, by boto3 alone: polls a queue, gets the objects that its messages tell of, parses them,
keeps their records, deletes the messages.

Arguments: the URL of the service, and `make` or `consume`.
make: standard input {"bucket": …, "queue": …}: a bucket that tells a queue of its objects.
consume: the queue's name and the file of what is kept: {"key": …, "lines": […]} a line. It goes on through a service that
is away. When standard input ends it goes on until the queue is empty, and says {"kept": …, "again": …, "tests": …,
"errors": …} on standard output.
"""

import gzip
import json
import sys
import threading
import time
import urllib.parse

import boto3
import botocore.config
import botocore.exceptions

URL, TASK = sys.argv[1:3]
SESSION = boto3.session.Session()
# Its own loop is what tries again.
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
VISIBILITY_SECONDS = 4


def client(service):
    return SESSION.client(service, endpoint_url=URL, config=CONFIG)


def make(wanted):
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(
        Bucket=wanted["bucket"], CreateBucketConfiguration={"LocationConstraint": SESSION.region_name}
    )
    queue = sqs.create_queue(
        QueueName=wanted["queue"], Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket=wanted["bucket"],
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )


class Consumer:
    def __init__(self, name, path):
        self.s3, self.sqs = client("s3"), client("sqs")
        self.queue = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        self.file = open(path, "a", encoding="ascii")
        self.known = set()
        self.told = {"kept": 0, "again": 0, "tests": 0, "errors": 0}

    def take(self, body):
        if body.get("Event") == "s3:TestEvent":
            self.told["tests"] += 1
            return
        for record in body["Records"]:
            assert record["eventSource"] == "aws:s3" and record["eventName"].startswith("ObjectCreated:")
            bucket = record["s3"]["bucket"]["name"]
            key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
            if key in self.known:
                self.told["again"] += 1
                continue
            got = self.s3.get_object(Bucket=bucket, Key=key)
            content = got["Body"].read()
            assert len(content) == record["s3"]["object"]["size"], key
            assert got["ETag"].strip('"') == record["s3"]["object"]["eTag"], key
            header, *lines = gzip.decompress(content).decode("ascii").splitlines()
            assert header.split(" ")[0] == "version", header
            self.file.write(json.dumps({"key": key, "lines": lines}) + "\n")
            self.file.flush()
            self.known.add(key)
            self.told["kept"] += 1

    def poll(self, seconds):
        """How many messages there were."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=seconds
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self.take(json.loads(message["Body"]))
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def empty(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return all(left[name] == "0" for name in names)

    def run(self, over):
        while True:
            try:
                if self.poll(1) == 0 and over.is_set() and self.empty():
                    return
            except botocore.exceptions.BotoCoreError:
                # The service is away: connections are refused, or end in the middle.
                self.told["errors"] += 1
                time.sleep(0.1)


def consume(name, path):
    over = threading.Event()
    consumer = Consumer(name, path)
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    consumer.run(over)
    json.dump(consumer.told, sys.stdout)


if TASK == "make":
    make(json.load(sys.stdin))
else:
    consume(*sys.argv[3:])
