import { Reporter } from '../../base/reporter.ts';
import { type Fields, type Level, Log, writeToStandardError } from '../../base/reporter-log.ts';

/** The log of the process, on standard error: services that run in one share it. */
const processLog = new Log(writeToStandardError);

/** A reporter for one service: the log of the process, metrics and health checks of its own. */
export function createReporter(): Reporter {
  return new Reporter(processLog);
}

/** One JSON object a line on standard error. Never a secret: callers pass ids. */
export function log(level: Level, message: string, fields: Fields = {}): void {
  processLog.write(level, message, fields);
}

/** A fault of the program, with its stack. */
export function logFault(error: unknown, fields: Fields = {}): void {
  processLog.fault(error, fields);
}

/** Writes only what is amiss from here on: for a command that runs a service for a moment. */
export function logOnlyTrouble(): void {
  processLog.minimum = 'warn';
}
