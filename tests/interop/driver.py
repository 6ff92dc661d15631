"""Runs boto3 for a test: a JSON request a line on standard input, a JSON answer a line on standard output.

Arguments: the URL of the service, or - for the one that the profile names.
"""

import datetime
import json
import sys
import threading

import boto3
import botocore.exceptions

ENDPOINT = None if sys.argv[1] == "-" else sys.argv[1]


def new_client():
    return boto3.session.Session().client("ec2", endpoint_url=ENDPOINT)


def method(client, action):
    """CreateFlowLogs is create_flow_logs."""
    for name, operation in client.meta.method_to_api_mapping.items():
        if operation == action:
            return getattr(client, name)
    raise LookupError(action)


class Churn(threading.Thread):
    """Creates flow logs of one resource and deletes them again, until it is stopped."""

    def __init__(self, request):
        super().__init__(daemon=True)
        self.request = request
        self.stopped = threading.Event()
        self.created = 0
        self.error = None

    def run(self):
        client = new_client()
        held = []
        try:
            while not self.stopped.is_set():
                destination = "%s/churn-%d/" % (self.request["LogDestination"], self.created)
                made = client.create_flow_logs(**{**self.request, "LogDestination": destination})
                held += made["FlowLogIds"]
                self.created += 1
                if len(held) > 5:
                    client.delete_flow_logs(FlowLogIds=[held.pop(0)])
                self.stopped.wait(0.02)
            client.delete_flow_logs(FlowLogIds=held)
        except Exception as error:  # told to the test, which fails by it
            self.error = repr(error)


class Driver:
    def __init__(self):
        self.client = new_client()
        self.churn = None

    def version(self, _):
        return {"boto3": boto3.__version__}

    def call(self, request):
        answer = method(self.client, request["action"])(**request["input"])
        answer.pop("ResponseMetadata")
        return answer

    def walk(self, request):
        """Flow log ids by the official paginator, with the token to go on from."""
        settings = {"PageSize": request["pageSize"]}
        if request.get("maxItems") is not None:
            settings["MaxItems"] = request["maxItems"]
        if request.get("token") is not None:
            settings["StartingToken"] = request["token"]
        paginator = self.client.get_paginator("describe_flow_logs")
        pages = paginator.paginate(PaginationConfig=settings, **request.get("input", {}))
        ids = []
        sizes = []
        for page in pages:
            sizes.append(len(page["FlowLogs"]))
            ids += [it["FlowLogId"] for it in page["FlowLogs"]]
        return {"ids": ids, "pages": len(sizes), "largest": max(sizes), "token": pages.resume_token}

    def start_churn(self, request):
        self.churn = Churn(request["input"])
        self.churn.start()
        return {}

    def stop_churn(self, _):
        self.churn.stopped.set()
        self.churn.join()
        return {"created": self.churn.created, "error": self.churn.error}


def encoded(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value))


def main():
    driver = Driver()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"output": getattr(driver, request["do"])(request)}
        except botocore.exceptions.ClientError as error:
            told = error.response
            answer = {
                "code": told["Error"]["Code"],
                "message": told["Error"]["Message"],
            }
        except Exception as error:
            answer = {"code": type(error).__name__, "message": str(error)}
        print(json.dumps(answer, default=encoded), flush=True)


main()
