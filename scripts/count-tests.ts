/** Prints `N passed, N failed, N skipped` from vitest's JSON report; a report without tests is an error. */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Record<
  'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numFailedTestSuites',
  number
>;
const failed = report.numFailedTests || (report.numFailedTestSuites > 0 ? report.numFailedTestSuites : 0);
console.log(`${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped`);
if (report.numPassedTests === 0) process.exitCode = 1;
