#!/usr/bin/env node
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`mlops needs Node.js 24 or later, this is ${process.versions.node}.`);
  console.error('Install it from https://nodejs.org, or start it through npm: npx mlops …');
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const { runCli } = await import('./index.js');
await runCli();
