"""Runs the partition loader of a template with clients that only take notes.

Standard input: {"event": …, "outcome": "SUCCEEDED" or "FAILED", "day": "2026-03-04"}; the source is the first argument.
Standard output: what it asked of Athena and what it told CloudFormation.
"""

import datetime
import json
import sys
import types

asked = json.load(sys.stdin)
statements = []
told = []
polls = []


class Athena:
    def start_query_execution(self, **request):
        statements.append(request)
        return {"QueryExecutionId": str(len(statements))}

    def get_query_execution(self, QueryExecutionId):
        polls.append(QueryExecutionId)
        first = polls.count(QueryExecutionId) == 1
        status = {"State": "RUNNING"} if first else {"State": asked["outcome"], "StateChangeReason": "told so"}
        return {"QueryExecution": {"Status": status}}


class Day(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(asked["day"] + "T23:59:59").replace(tzinfo=tz)


def send(event, context, status, data, physical):
    told.append({"status": status, "data": data, "physical": physical})


sys.modules["boto3"] = types.SimpleNamespace(client=lambda name: {"athena": Athena()}[name])
sys.modules["cfnresponse"] = types.SimpleNamespace(SUCCESS="SUCCESS", FAILED="FAILED", send=send)
module = {}
with open(sys.argv[1]) as source:
    exec(compile(source.read(), "index.py", "exec"), module)
module["time"].sleep = lambda seconds: None
module["datetime"] = types.SimpleNamespace(
    date=datetime.date, datetime=Day, timedelta=datetime.timedelta, timezone=datetime.timezone
)
printed, sys.stdout = sys.stdout, sys.stderr
try:
    module["handler"](asked["event"], None)
    error = None
except Exception as thrown:
    error = str(thrown)
print(json.dumps({"statements": statements, "told": told, "error": error}), file=printed)
