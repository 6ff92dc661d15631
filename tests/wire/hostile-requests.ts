/** Malformed and hostile requests, as bytes and a way to send them. Seeded: a number names a request. */

export interface HostileRequest {
  readonly kind: string;
  readonly bytes: Buffer;
  /** whole: at once. truncated: and then the writing side is closed. stalled: and then nothing. dripped: a few
   * bytes at a time. unread: and the answer is not read for a while. */
  readonly manner: 'whole' | 'truncated' | 'stalled' | 'dripped' | 'unread';
}

type Random = () => number;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

const CREATE =
  'Action=CreateFlowLogs&Version=2016-11-15&ResourceId.1=vpc-0123456789abcdef0&ResourceType=VPC&TrafficType=ALL' +
  '&LogDestinationType=s3&LogDestination=arn%3Aaws%3As3%3A%3A%3Abucket&MaxAggregationInterval=60' +
  '&TagSpecification.1.ResourceType=vpc-flow-log&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v';
const DESCRIBE =
  'Action=DescribeFlowLogs&Version=2016-11-15&Filter.1.Name=traffic-type&Filter.1.Value.1=ALL&MaxResults=5';
const IDENTITY = 'Action=GetCallerIdentity&Version=2011-06-15';
const FORMS = [CREATE, DESCRIBE, IDENTITY];

const NAMES = [
  '__proto__',
  '__proto__.polluted',
  'constructor.prototype.polluted',
  'hasOwnProperty',
  'toString',
  'Filter.__proto__.Name',
  'Filter.1.__proto__',
  'Filter.999999999.Name',
  'Filter.99999999999999999999.Name',
  'Filter.0.Name',
  'Filter.-1.Name',
  'Filter.01.Name',
  'Filter.1e3.Name',
  'Filter.1.Value.999999999',
  'Filter',
  'Filter.',
  '.Filter',
  'Filter..Name',
  'Filter.1.Name.1',
  'ResourceIds.member.1',
  'Filters.1.Name',
  'DryRun.1',
  'filter.1.name',
  'Version.1',
  'DestinationOptions',
  'TagSpecification.1.Tag.1.Key.Key',
  '%00',
  '%EF%BB%BFAction',
  'a%0d%0ab',
];
const VALUES = [
  '',
  '%',
  '%4',
  '%zz',
  '%u0041',
  '%00',
  '%ff',
  '%c0%af',
  '%ed%a0%80',
  '%f4%90%80%80',
  '%e2%82',
  '0x10',
  ' 5 ',
  '1.5',
  '1e9',
  '-0',
  'NaN',
  'Infinity',
  '99999999999999999999',
  'True',
  '<x>&</x>',
  '%EF%BF%BE%0B',
  '${jndi:ldap://x}',
  '../../etc/passwd',
  "' OR 1=1 --",
];

function formWith(random: Random): string {
  const form = pick(random, FORMS);
  const parts = form.split('&');
  switch (Math.floor(random() * 9)) {
    case 0:
      return `${form}&${pick(random, NAMES)}=${pick(random, VALUES)}`;
    case 1: {
      const i = Math.floor(random() * parts.length);
      parts[i] = `${parts[i]!.split('=')[0]}=${pick(random, VALUES)}`;
      return parts.join('&');
    }
    case 2:
      parts.splice(Math.floor(random() * parts.length), 1);
      return parts.join('&');
    case 3:
      return `${form}&${pick(random, parts)}`;
    case 4:
      return `${form}&${'TagSpecification.1.'.repeat(1 + Math.floor(random() * 200))}Key=x`;
    case 5:
      return `${form}&${'A'.repeat(1 + Math.floor(random() * 20_000))}=x`;
    case 6:
      return `${form}&LogFormat=${'%24%7Bx%7D+'.repeat(Math.floor(random() * 2_000))}`;
    case 7: {
      const at = Math.floor(random() * form.length);
      return (
        form.slice(0, at) +
        pick(random, ['%', '&', '=', '&&=', '\0', '\xff\xfe', '+', '#', ';']) +
        form.slice(at)
      );
    }
    default: {
      const bytes = Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256));
      return String.fromCharCode(...bytes);
    }
  }
}

const FORM_HEADERS =
  'Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n';

function post(body: string, headers = FORM_HEADERS): string {
  return `POST / HTTP/1.1\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function get(form: string): string {
  // What would end the request line is left to the raw requests below.
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return `GET /?${form.replace(/[\0-\x20#]/g, '_')} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
}

/** Requests that are wrong as HTTP. */
const RAW: readonly ((random: Random) => string)[] = [
  () => 'GET\r\n\r\n',
  () => 'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  () => 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  () => 'GET http://evil.example/?Action=DescribeFlowLogs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  () => `GET /../../etc/passwd?${DESCRIBE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  () => `DELETE /?${DESCRIBE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  () => `GET /?${DESCRIBE} HTTP/1.1\r\nConnection: close\r\n\r\n`,
  () => `HEAD /?${DESCRIBE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  () => 'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\n\r\n',
  () => `GET /?${DESCRIBE} HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Content-Length: -1\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Content-Length: 99999999999999999999\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Transfer-Encoding: gzip\r\n\r\nabc`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n`,
  () => `POST / HTTP/1.1\r\n${FORM_HEADERS}Expect: miracles\r\nContent-Length: 0\r\n\r\n`,
  (random) => `GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(50 + Math.floor(random() * 4_000))}\r\n`,
  (random) => `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(Math.floor(random() * 200_000))}\r\n\r\n`,
  (random) =>
    `GET /${'a'.repeat(Math.floor(random() * 100_000))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  () => 'GET / HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n',
  () => 'GET / HTTP/1.1\nHost: x\n\n',
  () => 'GET / HTTP/1.1\r\n Host: x\r\n\r\n',
  () => post(DESCRIBE, 'Host: x\r\nContent-Type: application/json\r\nConnection: close\r\n'),
  () => post(DESCRIBE, 'Host: x\r\nContent-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n'),
  () => post('', FORM_HEADERS),
  (random) => `GET /?${DESCRIBE} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2 + Math.floor(random() * 150)),
  (random) =>
    post(
      DESCRIBE,
      `${FORM_HEADERS}Authorization: AWS4-HMAC-SHA256 Credential=${'A/'.repeat(Math.floor(random() * 2_000))}\r\n`,
    ),
];

const HUGE: readonly (() => string)[] = [
  () => post('A'.repeat(3_000_000)),
  () => post(`${DESCRIBE}&LogFormat=${'x'.repeat(1_000_000)}`),
  () => post(CREATE + Array.from({ length: 20_000 }, (_, i) => `&ResourceId.${i + 2}=v`).join('')),
  () => post(CREATE + Array.from({ length: 9_000 }, (_, i) => `&ResourceId.${i + 2}=v`).join('')),
  () => post('&'.repeat(1_000_000)),
  () => post('a=b&'.repeat(200_000)),
  () => post(`${DESCRIBE}&NextToken=${'%'.repeat(900_000)}`),
];

const SCOPE = 'AKIDEXAMPLE/20260101/eu-central-1/ec2/aws4_request';
const AUTHORIZATIONS = [
  '',
  'AWS4-HMAC-SHA256',
  'AWS4-HMAC-SHA256 ',
  `AWS4-HMAC-SHA256 Credential=${SCOPE}`,
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host, Signature=00`,
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=, Signature=${'g'.repeat(64)}`,
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, Credential=${SCOPE}, SignedHeaders=host, Signature=00`,
  'AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;;, Signature=,',
  `AWS4-HMAC-SHA256 Credential=__proto__/20260101/x/sts/aws4_request, SignedHeaders=host, Signature=00`,
  `AWS4-ECDSA-P256-SHA256 Credential=${SCOPE}, SignedHeaders=host, Signature=00`,
  `AWS4-HMAC-SHA256 ${'=,'.repeat(5_000)}`,
  `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${'a;'.repeat(5_000)}, Signature=00`,
  'AWS AKIDEXAMPLE:c2lnbmF0dXJl',
  'Basic dXNlcjpwYXNz',
  '\xff\xfe\x80',
];
const DATES = [
  '',
  '20260101T000000Z',
  '99999999T999999Z',
  '2026-01-01',
  'Thu, 01 Jan 2026 00:00:00 GMT',
  '-1',
];
const PRESIGNED = [
  'X-Amz-Algorithm=AWS4-HMAC-SHA256',
  `X-Amz-Credential=${encodeURIComponent(SCOPE)}`,
  'X-Amz-Date=20260101T000000Z',
  'X-Amz-Expires=60',
  'X-Amz-SignedHeaders=host',
  `X-Amz-Signature=${'0'.repeat(64)}`,
];

/** A request whose signature is missing, broken or of someone else. */
function badlySigned(random: Random): string {
  if (random() < 0.4) {
    const parts = PRESIGNED.flatMap((part) => {
      const dice = random();
      if (dice < 0.1) return [];
      if (dice < 0.2) return [part, part];
      if (dice < 0.4) return [`${part.split('=')[0]}=${pick(random, [...VALUES, '-1', '604801', 'a;b;;c'])}`];
      return [part];
    });
    return get(`${pick(random, FORMS)}&${parts.join('&')}`);
  }
  const headers = [
    `Authorization: ${pick(random, AUTHORIZATIONS)}`,
    ...(random() < 0.7 ? [`X-Amz-Date: ${pick(random, DATES)}`] : []),
    ...(random() < 0.3 ? [`Date: ${pick(random, DATES)}`] : []),
    ...(random() < 0.3
      ? [`X-Amz-Content-Sha256: ${pick(random, ['', 'x', 'UNSIGNED-PAYLOAD', '0'.repeat(64)])}`]
      : []),
    ...(random() < 0.2 ? ['X-Amz-Security-Token: x'] : []),
    ...(random() < 0.1 ? [`Authorization: ${pick(random, AUTHORIZATIONS)}`] : []),
  ];
  return post(pick(random, FORMS), `${FORM_HEADERS}${headers.join('\r\n')}\r\n`);
}

/** Makes one request. Slow ones are about one in twenty, huge ones one in a hundred. */
export function hostileRequest(random: Random): HostileRequest {
  const dice = random();
  if (dice < 0.01) return { kind: 'huge', bytes: latin1(pick(random, HUGE)()), manner: 'whole' };
  if (dice < 0.35) {
    return { kind: 'http', bytes: latin1(pick(random, RAW)(random)), manner: 'whole' };
  }
  if (dice > 0.85) return { kind: 'signature', bytes: latin1(badlySigned(random)), manner: 'whole' };
  const form = formWith(random);
  const text = random() < 0.3 ? get(form) : post(form);
  if (dice < 0.45) {
    return { kind: 'truncated', bytes: cut(random, latin1(text)), manner: 'truncated' };
  }
  if (dice < 0.47) return { kind: 'stalled', bytes: cut(random, latin1(text)), manner: 'stalled' };
  if (dice < 0.49) return { kind: 'dripped', bytes: latin1(post(DESCRIBE)), manner: 'dripped' };
  if (dice < 0.5) return { kind: 'unread', bytes: latin1(text), manner: 'unread' };
  return { kind: 'form', bytes: latin1(text), manner: 'whole' };
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function cut(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(random() * bytes.length));
}
