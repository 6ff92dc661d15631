"""Reads a bucket's folder as the integration template's table says: DuckDB in the place of Athena.

Standard input: a JSON list of {"template": text, "root": folder of the buckets, "form": "text" | "parquet"}. Standard
output: for each, {"columns": [[name, type]…] as DuckDB has them, "keys": {name: [value…]}, "rows": [line…],
"partitions": [[keys…, rows]…]}, with `-` for what is null, as in the text of records.
"""

import json
import sys

import duckdb

TYPES = {"int": "INTEGER", "bigint": "BIGINT", "string": "VARCHAR"}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def table_of(template):
    tables = [it for it in template["Resources"].values() if it["Type"] == "AWS::Glue::Table"]
    assert len(tables) == 1
    return tables[0]["Properties"]["TableInput"]


def source_of(place, table):
    """What stands after FROM, for DuckDB."""
    location = table["StorageDescriptor"]["Location"]
    assert location.startswith("s3://")
    folder = place["root"] + "/" + location[len("s3://") :]
    keys = table["PartitionKeys"]
    # Folders without key= are what a table has locations of partitions for: no columns come of them.
    hive = all(key["Name"] in ("aws-account-id", "aws-service", "aws-region", "year", "month", "day", "hour") for key in keys)
    partitions = ", hive_partitioning = true, hive_types_autocast = false" if hive else ", hive_partitioning = false"
    names = table["StorageDescriptor"]["Columns"]
    if place["form"] == "parquet":
        return "read_parquet(%s%s)" % (quoted(folder + "**/*.log.parquet"), partitions), hive
    return (
        "read_csv(%s, delim = ' ', header = false, skip = 1, auto_detect = false, quote = '', escape = '',"
        " compression = 'gzip', nullstr = '', columns = {%s}%s)"
    ) % (quoted(folder + "**/*.log.gz"), columns_as_text(names), partitions), hive


def columns_as_text(names):
    # A number that is `-` in the text is null to Athena: all is read as text first.
    return ", ".join("%s: 'VARCHAR'" % quoted(it["Name"]) for it in names)


def value_of(column, form):
    name = '"%s"' % column["Name"]
    if form == "text" and column["Type"] != "string":
        name = "CAST(NULLIF(%s, '-') AS %s)" % (name, TYPES[column["Type"]])
    return "%s AS %s" % (name, '"%s"' % column["Name"])


def read(place):
    table = table_of(json.loads(place["template"]))
    columns = table["StorageDescriptor"]["Columns"]
    source, hive = source_of(place, table)
    con = duckdb.connect()
    chosen = ", ".join(value_of(it, place["form"]) for it in columns)
    relation = con.sql("SELECT %s FROM %s" % (chosen, source))
    types = [[name, str(kind)] for name, kind in zip(relation.columns, relation.types)]
    rows = [" ".join("-" if value is None else str(value) for value in row) for row in relation.fetchall()]
    keys = {}
    if hive:
        for key in table["PartitionKeys"]:
            found = con.sql('SELECT DISTINCT "%s" FROM %s ORDER BY 1' % (key["Name"], source)).fetchall()
            keys[key["Name"]] = [value for (value,) in found]
    partitions = None
    if hive:
        names = [key["Name"] for key in table["PartitionKeys"]]
        by = ", ".join('"%s"' % name for name in names)
        grouped = con.sql("SELECT %s, count(*) FROM %s GROUP BY ALL ORDER BY ALL" % (by, source)).fetchall()
        partitions = [list(it) for it in grouped]
    return {"columns": types, "keys": keys, "rows": rows, "partitions": partitions}


json.dump([read(place) for place in json.load(sys.stdin)], sys.stdout)
