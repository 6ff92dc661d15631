import { Command } from 'commander';
import { readNetworkFile } from '../network/yaml.ts';
import { ownerFromOptions } from '../network/defaults.ts';
import { Snapshot } from '../network/snapshot.ts';

/** `weir check FILE…`: validates network files; every error with file, line and column. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate network files: every error with file, line and column')
    .argument('<file...>', 'network.yaml files')
    .option('--account <id>', 'account of what names none (default: 123456789012)')
    .option('--region <name>', 'region of what names none (default: eu-central-1)')
    .action((files: readonly string[], options: { account?: string; region?: string }) => {
      for (const file of files) {
        const network = readNetworkFile(file, ownerFromOptions(options));
        // What only shows when all VPCs are seen together: overlaps (S2.1).
        Snapshot.build(network, { version: 1, scopes: [...network.vpcs.keys()].map((id) => [id]) });
        process.stdout.write(
          `${file}: good (${network.vpcs.size} VPCs, ${network.subnets.size} subnets, ` +
            `${network.interfaces.size} interfaces)\n`,
        );
      }
    });
}
