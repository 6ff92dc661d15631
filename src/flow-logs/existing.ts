/** What makes two flow logs the same (FlowLogAlreadyExists). */
import { hash } from 'node:crypto';
import type { Configuration } from './configuration.ts';
import { destinationKey } from './destinations.ts';

/** What is compared: all of these equal means the same flow log. Roles and tags are not looked at. */
interface Compared extends Pick<
  Configuration,
  'trafficType' | 'logFormat' | 'maxAggregationInterval' | 'tagFields' | 'destinationOptions'
> {
  readonly resourceId: string;
  /** With the sub-folder of a bucket. */
  readonly destination: string;
}

/** The service says no more than "same configuration and log destination": this reading of it is inferred. */
const IDENTITY: readonly (keyof Compared)[] = [
  'resourceId',
  'trafficType',
  'logFormat',
  'maxAggregationInterval',
  'tagFields',
  'destinationOptions',
  'destination',
];

/** Digests of a configuration, one for each resource: equal for flow logs that are the same. */
export function configurationDigester(configuration: Configuration): (resourceId: string) => string {
  const compared: Omit<Compared, 'resourceId'> = {
    trafficType: configuration.trafficType,
    logFormat: configuration.logFormat,
    maxAggregationInterval: configuration.maxAggregationInterval,
    // Rebuilt, so that nothing but the members named here decides.
    tagFields: configuration.tagFields?.map(({ resourceType, tagKeys }) => ({ resourceType, tagKeys })),
    destinationOptions: configuration.destinationOptions && {
      fileFormat: configuration.destinationOptions.fileFormat,
      hiveCompatiblePartitions: configuration.destinationOptions.hiveCompatiblePartitions,
      perHourPartition: configuration.destinationOptions.perHourPartition,
    },
    destination: destinationKey(configuration.destination),
  };
  return (resourceId) => {
    const values: Compared = { ...compared, resourceId };
    return hash('sha256', JSON.stringify(IDENTITY.map((member) => values[member] ?? null)), 'hex');
  };
}
