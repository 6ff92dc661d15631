/** The configured destinations as the control plane sees them: what is there, and whose roles may be used. */
import type { S3Sink } from '../../delivery/aws/s3.ts';
import type { DestinationType } from '../../flow-logs/model.ts';
import type { ObjectSink } from '../../standins/storage/object-storage.ts';
import type { ObjectStorage } from '../../standins/storage/objects.ts';
import type { StreamSink } from '../../standins/storage/stream-storage.ts';
import { BucketBook } from '../recording/bucket-book.ts';
import type { FlowLogBook } from '../recording/flow-log-book.ts';
import type { Place, Places } from '../recording/places.ts';
import { RoleRules } from '../recording/role-rules.ts';
import { type Ask, WatchedPlaces } from '../recording/watched-places.ts';
import type { RemoteDestinations } from '../writing/remote-destinations.ts';
import type { DestinationsConfig, RoleConfig } from './config.ts';
import { log } from './log.ts';
import type { Steps } from './steps.ts';

/** Embedded streams are looked at again so often: they cost nothing. */
const EMBEDDED_AGAIN_MS = 1_000;

export interface DestinationsParts {
  readonly config: { readonly destinations: DestinationsConfig; readonly roles: readonly RoleConfig[] };
  readonly remote: RemoteDestinations;
  /** The embedded ones. */
  readonly objects: ObjectStorage;
  readonly streams: StreamSink;
  /** Pause before what was not there is asked for again, for tests. */
  readonly againMs?: number | undefined;
  /** The flow logs, once they are there. */
  readonly book: () => FlowLogBook | undefined;
}

export interface ServiceDestinations {
  /** Where objects are put: embedded or not. */
  readonly objects: ObjectSink;
  readonly places: Readonly<Record<Place['type'], Places>>;
  readonly roles: RoleRules;
}

/** Begins to watch what needs watching; `steps` end it. */
export async function openDestinations(parts: DestinationsParts, steps: Steps): Promise<ServiceDestinations> {
  const { config, remote, objects, streams, againMs } = parts;
  const watched = (ask: Ask, everyMs: number | undefined): WatchedPlaces => {
    const places = new WatchedPlaces({
      ask,
      isWanted: (place) => parts.book()?.isPlace(place) ?? false,
      onChange: (place) => parts.book()?.placeChanged(place),
      ...(everyMs === undefined ? {} : { againMs: everyMs }),
    });
    places.start();
    steps.add('the watch of destinations', async () => places.close());
    return places;
  };
  const { s3, firehose } = remote;
  const mapped = remoteTypes(config.destinations);
  if (mapped.has('cloud-watch-logs') && config.roles.length === 0) {
    log('warn', 'no roles are mapped: every flow log to CloudWatch Logs names one, and will be refused');
  }
  return {
    objects: s3 ?? objects,
    places: {
      s3: s3 === undefined ? await bucketsOf(objects) : watched(askBucket(s3), againMs),
      'kinesis-data-firehose': watched(
        askStream(firehose ?? streams),
        firehose === undefined ? EMBEDDED_AGAIN_MS : againMs,
      ),
    },
    roles: new RoleRules({ mappings: config.roles, remote: mapped }),
  };
}

async function bucketsOf(objects: ObjectStorage): Promise<BucketBook> {
  const book = new BucketBook(objects);
  await book.open();
  return book;
}

function askBucket(sink: S3Sink): Ask {
  return async (place, as, signal) =>
    place.type === 's3' && (await sink.bucket(place.bucket, as, signal)) !== undefined;
}

function askStream(sink: StreamSink): Ask {
  return async (place, as, signal) => {
    if (place.type === 's3') return false;
    const { account, region, stream: name } = place;
    return (await sink.stream({ account, region, name }, as, signal)) !== undefined;
  };
}

function remoteTypes({ s3, logs, firehose }: DestinationsConfig): ReadonlySet<DestinationType> {
  const types: readonly [DestinationType, string][] = [
    ['s3', s3.type],
    ['cloud-watch-logs', logs.type],
    ['kinesis-data-firehose', firehose.type],
  ];
  return new Set(types.flatMap(([name, type]) => (type === 'filesystem' ? [] : [name])));
}
