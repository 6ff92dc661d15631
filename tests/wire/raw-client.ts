import { connect, type Socket } from 'node:net';

/** A connection that sends what it is told and keeps what comes. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    this.socket.on('data', (piece) => (this.text += piece.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.socket.on('end', () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  send(text: string): this {
    this.socket.write(Buffer.from(text, 'latin1'));
    return this;
  }

  /** Waits until what came matches, or two seconds. */
  async until(pattern: RegExp): Promise<string> {
    const end = Date.now() + 2_000;
    while (!pattern.test(this.text) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return this.text;
  }

  /** How often `HTTP/1.1 status` stands in what came. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)].map((match) => Number(match[1]));
  }
}
