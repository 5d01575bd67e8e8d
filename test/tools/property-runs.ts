import fc from 'fast-check';
import { runs } from './effort.ts';

// For properties that name no number of runs themselves; fast-check's own default is 100.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: runs(100) });
