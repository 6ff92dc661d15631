/** Destinations of other programs, for the thread that delivers and for the one that looks whether they are there. */
import { AwsClients } from '../../delivery/aws/clients.ts';
import { createFirehoseSink } from '../../delivery/aws/firehose.ts';
import { createLogsSink } from '../../delivery/aws/logs.ts';
import { createS3Sink, type S3Sink } from '../../delivery/aws/s3.ts';
import type { AwsDestination, S3Options } from '../../delivery/aws/settings.ts';
import type { LogSink } from '../../standins/storage/log-storage.ts';
import type { StreamSink } from '../../standins/storage/stream-storage.ts';

/** By kind of destination; absent: the embedded one. Plain data, with keys in it: never for a log. */
export interface RemoteSettings {
  readonly s3?: { readonly destination: AwsDestination; readonly options: S3Options };
  readonly logs?: { readonly destination: AwsDestination };
  readonly firehose?: { readonly destination: AwsDestination };
}

export interface RemoteDestinations {
  readonly s3: S3Sink | undefined;
  readonly logs: LogSink | undefined;
  readonly firehose: StreamSink | undefined;
  /** Ends all connections. */
  close(): void;
}

/** Nothing is connected, and no SDK loaded, before something is asked of a destination. */
export function openRemoteDestinations({ s3, logs, firehose }: RemoteSettings): RemoteDestinations {
  const opened: AwsClients[] = [];
  const clientsOf = ({ destination }: { readonly destination: AwsDestination }): AwsClients => {
    const clients = new AwsClients(destination);
    opened.push(clients);
    return clients;
  };
  return {
    s3: s3 && createS3Sink(clientsOf(s3), s3.options),
    logs: logs && createLogsSink(clientsOf(logs)),
    firehose: firehose && createFirehoseSink(clientsOf(firehose)),
    close: () => {
      for (const clients of opened) clients.destroy();
    },
  };
}
