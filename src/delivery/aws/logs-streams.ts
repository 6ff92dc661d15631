/** Log groups and streams that are missing are made. */
import type * as Sdk from '@aws-sdk/client-cloudwatch-logs';
import { NoSuchLogGroup } from '../../standins/storage/log-storage.ts';
import type { LogGroupName } from '../../standins/storage/log-storage.ts';
import { errorCode } from './errors.ts';
import { patiently } from './throttling.ts';

/** What requests of one append are made with. */
export interface LogsWay {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.CloudWatchLogsClient;
  readonly group: LogGroupName;
  readonly signal: AbortSignal;
}

export class LogStreams {
  readonly #way: LogsWay;
  readonly #create: boolean;
  #making: Promise<void> | undefined;

  /** @param create whether the group may be made */
  constructor(way: LogsWay, create: boolean) {
    this.#way = way;
    this.#create = create;
  }

  /** Makes a stream, and its group where that is missing. @throws {NoSuchLogGroup} errors of the SDK */
  async make(stream: string): Promise<void> {
    if (await this.#makeStream(stream)) return;
    if (!this.#create) throw new NoSuchLogGroup(this.#way.group);
    // Of all streams that find the group missing, one makes it.
    await (this.#making ??= this.#makeGroup());
    if (!(await this.#makeStream(stream))) throw new NoSuchLogGroup(this.#way.group);
  }

  /** False where there is no group. */
  async #makeStream(logStreamName: string): Promise<boolean> {
    const { sdk, client, group, signal } = this.#way;
    const input = { logGroupName: group.name, logStreamName };
    try {
      await patiently(
        () => client.send(new sdk.CreateLogStreamCommand(input), { abortSignal: signal }),
        signal,
      );
    } catch (error) {
      if (errorCode(error) === 'ResourceNotFoundException') return false;
      if (errorCode(error) !== 'ResourceAlreadyExistsException') throw error;
    }
    return true;
  }

  async #makeGroup(): Promise<void> {
    const { sdk, client, group, signal } = this.#way;
    const command = (): Promise<unknown> =>
      client.send(new sdk.CreateLogGroupCommand({ logGroupName: group.name }), { abortSignal: signal });
    try {
      await patiently(command, signal);
    } catch (error) {
      if (errorCode(error) !== 'ResourceAlreadyExistsException') throw error;
    }
  }
}
