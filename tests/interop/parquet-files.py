"""Reads Parquet files of flow logs with pyarrow and DuckDB, for a test, and compares them with text of the same records.

Standard input: a JSON list of questions, {"parquet": file or pattern, "text": file with a header line, "integers": names
of the columns that are numbers, "hive": whether folders name partitions}. Standard output: a JSON list of what was found:
  arrow     name, type and nullability of each column by pyarrow (of one file; not of a pattern)
  duckdb    name and type of each column by DuckDB
  rows      in the Parquet and in the text
  differing rows that are in one and not in the other, each counted as often as it is there
  first     the first rows by pyarrow, as text lines (not of a pattern)
  hours     of partitioned ones: rows whose folder is not the day and hour of the slot that their end lies in
"""

import json
import sys

import duckdb
import pyarrow.parquet

SLOT = 300
PARTITIONS = ["aws-account-id", "aws-service", "aws-region", "year", "month", "day", "hour"]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def text_query(question):
    """The records of the text, typed: numbers are null where there is none, strings stay as they are."""
    names = open(question["text"]).readline().split()
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names) + "}"
    source = (
        f"read_csv({literal(question['text'])}, delim=' ', header=true, quote='', escape='', "
        f"nullstr='never-in-a-line', auto_detect=false, columns={columns})"
    )
    values = [
        f"CAST(NULLIF({quoted(name)}, '-') AS {question['integers'][column]}) AS {quoted(column)}"
        if (column := name.replace("-", "_")) in question["integers"]
        else f"{quoted(name)} AS {quoted(column)}"
        for name in names
    ]
    return f"SELECT {', '.join(values)} FROM {source}"


def answer(question):
    database = duckdb.connect()
    hive = str(question["hive"]).lower()
    options = f"hive_partitioning={hive}, hive_types_autocast=false" if question["hive"] else "hive_partitioning=false"
    parquet = f"read_parquet({literal(question['parquet'])}, {options})"
    text = text_query(question)
    names = [name.replace("-", "_") for name in open(question["text"]).readline().split()]
    columns = ", ".join(map(quoted, names))
    found = f"SELECT {columns} FROM {parquet}"

    def one(query):
        return database.sql(query).fetchall()[0][0]

    result = {
        "duckdb": [[row[0], row[1]] for row in database.sql(f"DESCRIBE SELECT * FROM {parquet}").fetchall()],
        "rows": [one(f"SELECT count(*) FROM {parquet}"), one(f"SELECT count(*) FROM ({text})")],
        "differing": [
            one(f"SELECT count(*) FROM ({found} EXCEPT ALL {text})"),
            one(f"SELECT count(*) FROM ({text} EXCEPT ALL {found})"),
        ],
    }
    if question["hive"]:
        slot = f"to_timestamp(CAST(floor(\"end\" / {SLOT}) * {SLOT} AS BIGINT)) AT TIME ZONE 'UTC'"
        folder = "strftime(" + slot + ", '%Y %m %d %H')"
        stated = "concat_ws(' ', year, month, day, hour)"
        result["hours"] = one(f"SELECT count(*) FROM {parquet} WHERE {folder} <> {stated}")
        result["partitions"] = [
            list(row)
            for row in database.sql(
                f"SELECT DISTINCT {', '.join(map(quoted, PARTITIONS[:3]))} FROM {parquet} ORDER BY ALL"
            ).fetchall()
        ]
        day, count = database.sql(f"SELECT day, count(*) FROM {parquet} GROUP BY day ORDER BY ALL LIMIT 1").fetchall()[0]
        result["one_day"] = [count, one(f"SELECT count(*) FROM {parquet} WHERE day = {literal(day)}")]
    else:
        table = pyarrow.parquet.read_table(question["parquet"])
        result["arrow"] = [[field.name, str(field.type), field.nullable] for field in table.schema]
        result["first"] = [
            " ".join("-" if value is None else str(value) for value in row.values())
            for row in table.slice(0, 50).to_pylist()
        ]
    return result


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
