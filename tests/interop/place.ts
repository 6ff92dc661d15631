/** A service for the clients: every backend, a network with one of everything that is declared. */
import { join } from 'node:path';
import { fakeBackends, openService, temporaryFolder } from '../service/support.ts';
import type { Place } from './clients.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const VPC = 'vpc-0a1b2c3d4e5f60718';
export const SUBNET = 'subnet-0a1b2c3d4e5f60718';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/flow-logs`;

/** The n-th interface of the network, from 0. */
export function interfaceId(n: number): string {
  return `eni-${n.toString(16).padStart(17, '0')}`;
}

/** JSON, which is YAML, of a VPC whose one subnet has this many interfaces. */
function networkOf(interfaces: number): string {
  const addresses = Array.from({ length: interfaces }, (_, n) => ({
    id: interfaceId(n),
    primary: `10.20.${1 + (n >> 8)}.${n & 255}`,
  }));
  const subnet = { id: SUBNET, cidrs: ['10.20.0.0/16'], interfaces: addresses };
  return JSON.stringify({ vpcs: [{ id: VPC, cidrs: ['10.20.0.0/16'], subnets: [subnet] }] });
}

export async function openPlace(interfaces = 20): Promise<Place & { close(): Promise<void> }> {
  const folder = temporaryFolder();
  const network = folder.file('network.json', networkOf(interfaces));
  const directory = join(folder.path, 'data');
  const yaml = `network: ${network}\naccount: "${ACCOUNT}"\nregion: ${REGION}\nflowLogsPerResource: 100000\n`;
  const service = await openService({ yaml, directory, backends: fakeBackends() });
  return {
    service,
    directory,
    close: async () => {
      await service.close();
      folder.remove();
    },
  };
}
