import { Command, Option } from 'commander';
import { profileFiles, PROFILE } from '../identity/profile.ts';
import {
  DEFAULT_DATA,
  DEFAULT_LISTEN,
  defaultConfig,
  listenFromFlag,
  readConfigFile,
  type ServiceConfig,
} from '../service/serve/config.ts';
import { tlsFromFlags, type TlsFlags } from '../service/serve/config-tls.ts';
import { log } from '../service/serve/log.ts';
import { type RunningService, startService } from '../service/serve/service.ts';
import { endNow, endWithin } from './leave.ts';

/** What may be left to do when the service is closed, in milliseconds. */
const END_MS = 300;

interface ServeFlags extends TlsFlags {
  readonly config?: string;
  readonly data: string;
  readonly listen?: string;
  readonly output: 'text' | 'json';
}

/** `weir serve`: the flow logs API on a port of this machine, sources, and delivery into its embedded storages. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('the service: API, sources, delivery')
    .option('--config <file>', 'weir.yaml (default: a network that discovers the private ranges)')
    .option('--data <dir>', 'where state and the first access key are kept', DEFAULT_DATA)
    .option('--listen <host:port>', `where to listen; port 0 is any (default: ${DEFAULT_LISTEN})`)
    .option('--tls', 'speak TLS, with a certificate that is made once and kept in the data directory')
    .option('--tls-cert <file>', 'speak TLS, with this certificate and those up to its root (PEM)')
    .option('--tls-key <file>', 'the key of that certificate (PEM)')
    .addOption(new Option('--output <kind>', 'the ready line').choices(['text', 'json']).default('text'))
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const tls = tlsFromFlags(flags);
  const readConfig = (): ServiceConfig => {
    const read = flags.config === undefined ? defaultConfig() : readConfigFile(flags.config);
    return {
      ...read,
      ...(flags.listen === undefined ? {} : { listen: listenFromFlag(flags.listen) }),
      ...(tls === undefined ? {} : { tls }),
    };
  };
  const config = readConfig();
  const service = await startService({
    config,
    directory: flags.data,
    environment: process.env,
    readConfig,
  });
  // What a reload did or why it was refused is in the log.
  process.on('SIGHUP', () => void service.control.reload());
  // Before the ready line: whoever waits for it may ask for the end at once.
  const asked = untilAsked();
  process.stdout.write(
    flags.output === 'json' ? readyJson(service, config, flags.data) : readyText(service, flags.data),
  );
  await asked;
  log('info', 'closing');
  await service.close();
  endWithin(END_MS, 0);
}

function readyText(service: RunningService, data: string): string {
  const { credentials, config } = profileFiles(data);
  const { certificate } = service;
  // Not every version of the AWS CLI reads ca_bundle in the profile.
  const bundle = certificate?.caBundle === undefined ? '' : `AWS_CA_BUNDLE=${certificate.caBundle} `;
  const how =
    `AWS_SHARED_CREDENTIALS_FILE=${credentials} AWS_CONFIG_FILE=${config} ${bundle}` +
    `aws --profile ${PROFILE} --endpoint-url ${service.url} ec2 describe-flow-logs`;
  const made =
    service.firstKey === undefined ? '' : `; the first access key, ${service.firstKey}, is in ${credentials}`;
  const shown = certificate === undefined ? '' : `; its certificate: ${certificate.fingerprint}`;
  return `weir: ready at ${service.url}${made}${shown}; try: ${how}\n`;
}

function readyJson(service: RunningService, config: ServiceConfig, data: string): string {
  const files = profileFiles(data);
  const ready = {
    ready: true,
    url: service.url,
    host: service.address.host,
    port: service.address.port,
    account: config.account,
    region: config.region,
    firstKey: service.firstKey ?? null,
    profile: PROFILE,
    ...files,
    ...(service.certificate === undefined
      ? {}
      : { certificate: service.certificate.fingerprint, caBundle: service.certificate.caBundle ?? null }),
  };
  return `${JSON.stringify(ready)}\n`;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends at once. */
function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) endNow(130);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
