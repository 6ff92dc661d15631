"""Reads the SQL of named queries as Athena's dialect, and lists the columns and tables that each names.

Standard input: a JSON list of queries. Standard output: a JSON list of {"columns": […], "tables": […]}.
"""

import json
import sys

import sqlglot
from sqlglot import expressions

answers = []
for sql in json.load(sys.stdin):
    read = sqlglot.parse_one(sql, read="trino", error_level=sqlglot.ErrorLevel.RAISE)
    if not isinstance(read, expressions.Select):
        raise ValueError(sql)
    columns = {column.name for column in read.find_all(expressions.Column)}
    tables = {(table.db, table.name) for table in read.find_all(expressions.Table)}
    answers.append({"columns": sorted(columns), "tables": sorted(tables)})
print(json.dumps(answers))
