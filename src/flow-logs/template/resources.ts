/** The resources of a template, as CloudFormation has them. */
import type { FileFormat } from '../model.ts';
import type { AthenaColumn } from './columns.ts';
import { type BucketFolder, s3Url, type TableLayout } from './layout.ts';
import { LOADER_SOURCE, type TableNames } from './loader.ts';
import type { NamedQuery } from './queries.ts';

/** A resource of a template, or a part of one: plain JSON. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
export interface Resource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: { readonly [key: string]: Json };
}

const ref = (name: string): Json => ({ Ref: name });
const attribute = (name: string, of: string): Json => ({ 'Fn::GetAtt': [name, of] });
/** An ARN of the stack's own partition, region and account, by what follows. */
const arn = (text: string): Json => ({ 'Fn::Sub': `arn:\${AWS::Partition}:${text}` });
const here = (service: string, resource: string): Json =>
  arn(`${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);

export function database(name: string, description: string): Resource {
  return {
    Type: 'AWS::Glue::Database',
    Properties: {
      CatalogId: ref('AWS::AccountId'),
      DatabaseInput: { Name: name, Description: description },
    },
  };
}

/** Where query results go is fixed: clients' own settings do not count. */
export function workGroup(name: string, description: string, results: BucketFolder): Resource {
  return {
    Type: 'AWS::Athena::WorkGroup',
    Properties: {
      Name: name,
      Description: description,
      State: 'ENABLED',
      RecursiveDeleteOption: true,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        ResultConfiguration: { OutputLocation: s3Url(results) },
      },
    },
  };
}

/** How files are read, by their format. Text: one space between fields, the first line is a header. */
const READERS = {
  'plain-text': {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    library: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
    serde: { 'field.delim': ' ', 'serialization.format': ' ' },
    table: { EXTERNAL: 'TRUE', classification: 'csv', 'skip.header.line.count': '1' },
  },
  parquet: {
    input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    library: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    serde: { 'serialization.format': '1' },
    table: { EXTERNAL: 'TRUE', classification: 'parquet' },
  },
} as const;

export function table(
  name: string,
  databaseId: string,
  fileFormat: FileFormat,
  columns: readonly AthenaColumn[],
  { keys, location }: TableLayout,
): Resource {
  const reader = READERS[fileFormat];
  return {
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: ref('AWS::AccountId'),
      DatabaseName: ref(databaseId),
      TableInput: {
        Name: name,
        TableType: 'EXTERNAL_TABLE',
        Parameters: reader.table,
        PartitionKeys: keys.map(columnOf),
        StorageDescriptor: {
          Columns: columns.map(columnOf),
          Location: location,
          InputFormat: reader.input,
          OutputFormat: reader.output,
          SerdeInfo: { SerializationLibrary: reader.library, Parameters: reader.serde },
        },
      },
    },
  };
}

function columnOf({ name, type }: AthenaColumn): Json {
  return { Name: name, Type: type };
}

export function namedQuery(
  { name, description, sql }: NamedQuery,
  databaseId: string,
  workGroupId: string,
): Resource {
  return {
    Type: 'AWS::Athena::NamedQuery',
    Properties: {
      Name: name,
      Description: description,
      Database: ref(databaseId),
      WorkGroup: ref(workGroupId),
      QueryString: sql,
    },
  };
}

/** What the loader works on: what its role lets it reach. */
export interface LoaderReach {
  readonly database: string;
  readonly tables: readonly Pick<TableNames, 'table' | 'workGroup'>[];
  readonly records: BucketFolder;
  readonly results: readonly BucketFolder[];
}

const allow = (Action: readonly string[], Resource: readonly Json[]): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
});

/** Without a name, so that a stack needs no more than CAPABILITY_IAM. */
export function loaderRole({ database, tables, records, results }: LoaderReach): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: 'LoadPartitions',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              allow(
                ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
                [here('logs', 'log-group:/aws/lambda/*')],
              ),
              allow(
                ['athena:StartQueryExecution', 'athena:GetQueryExecution'],
                tables.map((it) => here('athena', `workgroup/${it.workGroup}`)),
              ),
              allow(
                [
                  'glue:GetDatabase',
                  'glue:GetTable',
                  'glue:GetPartition',
                  'glue:GetPartitions',
                  'glue:CreatePartition',
                  'glue:BatchCreatePartition',
                ],
                [
                  here('glue', 'catalog'),
                  here('glue', `database/${database}`),
                  ...tables.map((it) => here('glue', `table/${database}/${it.table}`)),
                ],
              ),
              allow(
                ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
                distinct([records, ...results].map(({ bucket }) => bucket)).map((it) => arn(`s3:::${it}`)),
              ),
              allow(['s3:GetObject'], [arn(`s3:::${records.bucket}/${records.folder}AWSLogs/*`)]),
              allow(
                ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
                distinct(results.map(({ bucket, folder }) => `${bucket}/${folder}`)).map((it) =>
                  arn(`s3:::${it}*`),
                ),
              ),
            ],
          },
        },
      ],
    },
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Seconds: the longest that a function may run. */
const LOADER_TIMEOUT = 900;

export function loaderFunction(roleId: string, description: string): Resource {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Description: description,
      Runtime: 'python3.13',
      Handler: 'index.handler',
      Timeout: LOADER_TIMEOUT,
      Role: attribute(roleId, 'Arn'),
      Code: { ZipFile: LOADER_SOURCE },
    },
  };
}

/** The loader's run when the stack is made or changed. */
export function firstLoad(
  functionId: string,
  dependsOn: readonly string[],
  settings: Readonly<Record<string, string>>,
): Resource {
  return {
    Type: 'Custom::VpcFlowLogsPartitions',
    DependsOn: dependsOn,
    Properties: { ServiceToken: attribute(functionId, 'Arn'), ...settings },
  };
}

export function schedule(
  expression: string,
  description: string,
  functionId: string,
  settings: Readonly<Record<string, string>>,
): Resource {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: description,
      ScheduleExpression: expression,
      State: 'ENABLED',
      Targets: [
        { Id: 'PartitionLoader', Arn: attribute(functionId, 'Arn'), Input: JSON.stringify(settings) },
      ],
    },
  };
}

export function schedulePermission(functionId: string, ruleId: string): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: ref(functionId),
      Principal: 'events.amazonaws.com',
      SourceArn: attribute(ruleId, 'Arn'),
    },
  };
}
