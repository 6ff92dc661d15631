import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Piece } from './pieces.ts';
import { openWindowWriter, type WriterSetup } from './window-writer.ts';
import type { WriterAnswer, WriterRequest } from './writers.ts';

/** A writing thread of `record`: answers what ThreadedWriters asks, in order. */
yieldToRecording();
const writer = await openWindowWriter(workerData as WriterSetup);
const port = parentPort!;

/**
 * Writing can wait, recording cannot: on Linux a priority set for process 0 is the calling thread's alone.
 * Elsewhere it would be the whole program's, so it is left.
 */
function yieldToRecording(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}

port.on('message', (request: WriterRequest) => {
  try {
    answer(request);
  } catch (error) {
    send({ id: request.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

function answer(request: WriterRequest): void {
  switch (request.ask) {
    case 'plan':
      send({ id: request.id, plan: writer.plan(request.window, request.from) });
      break;
    case 'interval':
      send({ id: request.id, plan: writer.endInterval(request.start, request.status) });
      break;
    case 'piece':
      sendPiece(request.id, writer.piece(request.expanded, request.from, request.to));
      break;
    case 'header':
      sendPiece(request.id, writer.header());
      break;
    case 'grouped':
      sendPiece(request.id, writer.grouped(request.expanded, request.from, request.to));
      break;
    case 'row-groups':
      sendPiece(request.id, writer.rowGroups(request.text));
      break;
    default:
      request satisfies never;
  }
}

/** Bytes that fill their buffer move to the main thread; a part of a larger one is copied. */
function sendPiece(id: number, piece: Piece): void {
  const all = 'groups' in piece ? piece.groups.map(({ bytes }) => bytes) : [piece.bytes];
  const own = all.filter((bytes) => bytes.byteLength === bytes.buffer.byteLength);
  send(
    { id, piece },
    own.map((bytes) => bytes.buffer as ArrayBuffer),
  );
}

function send(message: WriterAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
