/** What CloudFormation and the services behind it ask of a template, as far as names and references go. */

export interface TemplateResource {
  readonly Type: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly AWSTemplateFormatVersion: string;
  readonly Description: string;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** Attributes that Fn::GetAtt may ask for, by resource type. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  'AWS::IAM::Role': ['Arn', 'RoleId'],
  'AWS::Lambda::Function': ['Arn'],
  'AWS::Events::Rule': ['Arn'],
};
const PSEUDO = new Set(['AWS::AccountId', 'AWS::Partition', 'AWS::Region']);

/** Names and texts of resources: the services' limits and patterns, by type and path of the property. */
const LIMITS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'AWS::Glue::Database': {
    'DatabaseInput.Name': /^[a-z0-9_]{1,255}$/,
    'DatabaseInput.Description': /^.{0,2048}$/,
  },
  'AWS::Glue::Table': {
    'TableInput.Name': /^[a-z0-9_]{1,255}$/,
    'TableInput.TableType': /^EXTERNAL_TABLE$/,
    'TableInput.StorageDescriptor.Location': /^s3:\/\/[a-z0-9.-]{3,63}\/.{0,1980}\/$/,
  },
  'AWS::Athena::WorkGroup': {
    Name: /^[a-zA-Z0-9._-]{1,128}$/,
    Description: /^.{0,1024}$/,
    State: /^(?:ENABLED|DISABLED)$/,
    'WorkGroupConfiguration.ResultConfiguration.OutputLocation': /^s3:\/\/.+\/$/,
  },
  'AWS::Athena::NamedQuery': {
    Name: /^.{1,128}$/,
    Description: /^.{1,1024}$/,
    QueryString: /^SELECT .{1,262100}$/,
  },
  'AWS::Lambda::Function': { Description: /^.{0,256}$/, Runtime: /^python3\.\d+$/, Handler: /^index\.\w+$/ },
  'AWS::Events::Rule': {
    Description: /^.{0,512}$/,
    ScheduleExpression: /^(?:rate|cron)\(.{1,240}\)$/,
    State: /^ENABLED$/,
  },
  'AWS::IAM::Role': {},
  'AWS::Lambda::Permission': { Action: /^lambda:InvokeFunction$/, Principal: /^events\.amazonaws\.com$/ },
  'Custom::VpcFlowLogsPartitions': { Table: /^[a-z0-9]+$/, WorkGroup: /^[a-zA-Z0-9]+$/ },
};

/** What is wrong with a template, each a sentence: nothing. */
export function faultsOf({ Resources, Outputs }: Template): string[] {
  const faults: string[] = [];
  const check = (sound: boolean, text: string): void => void (sound || faults.push(text));
  const ids = Object.keys(Resources);
  check(ids.length > 0 && ids.length <= 500, `${ids.length} resources`);
  const visit = (value: unknown, where: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const path = `${where}.${key}`;
      if (key === 'Ref')
        check(PSEUDO.has(inner as string) || ids.includes(inner as string), `${path}: ${inner}`);
      if (key === 'Fn::GetAtt') {
        const [id = '', attribute = ''] = inner as string[];
        check(
          ATTRIBUTES[Resources[id]?.Type ?? '']?.includes(attribute) === true,
          `${path}: ${id}.${attribute}`,
        );
      }
      if (key === 'Fn::Sub') {
        for (const [, name = ''] of (inner as string).matchAll(/\$\{([^}]*)\}/g)) {
          check(PSEUDO.has(name), `${path}: ${name}`);
        }
      }
      visit(inner, path);
    }
  };
  for (const [id, { Type, DependsOn = [], Properties }] of Object.entries(Resources)) {
    check(/^[A-Za-z0-9]{1,255}$/.test(id), `the logical id ${id}`);
    for (const other of DependsOn) check(ids.includes(other) && other !== id, `${id} depends on ${other}`);
    const limits = LIMITS[Type];
    check(limits !== undefined, `${id} is of the unknown type ${Type}`);
    for (const [path, pattern] of Object.entries(limits ?? {})) {
      const value = at(Properties, path);
      check(typeof value === 'string' && pattern.test(value), `${id}.${path}: ${String(value)}`);
    }
    visit(Properties, id);
  }
  for (const [name, { Value }] of Object.entries(Outputs)) visit(Value, `Outputs.${name}`);
  return faults;
}

/** A property by its path. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((held, key) => (held as Record<string, unknown> | undefined)?.[key], value);
}

/** The resources of a type. */
export function ofType({ Resources }: Template, type: string): TemplateResource[] {
  return Object.values(Resources).filter((it) => it.Type === type);
}
