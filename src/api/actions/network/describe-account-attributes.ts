import type { HandlerOf } from './dependencies.ts';
import { oneOf } from './inputs.ts';

/** Attributes of any account, as a new one has them. */
const ATTRIBUTES = {
  'supported-platforms': 'VPC',
  'default-vpc': 'none',
  'max-instances': '20',
  'vpc-max-security-groups-per-interface': '5',
  'max-elastic-ips': '5',
  'vpc-max-elastic-ips': '5',
} as const;
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

/** DescribeAccountAttributes. */
export const describeAccountAttributes: HandlerOf<'DescribeAccountAttributes'> = (_, input) => {
  const wanted = input.AttributeNames?.map((name) => oneOf(name, NAMES, 'attributeName')) ?? NAMES;
  return {
    AccountAttributes: [...new Set(wanted)].map((name) => ({
      AttributeName: name,
      AttributeValues: [{ AttributeValue: ATTRIBUTES[name] }],
    })),
  };
};
