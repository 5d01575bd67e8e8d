import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnv } from './python-env.ts';
import { mustRun } from './run-program.ts';
import { freePort, startProcess } from './start-process.ts';

const FIND = 'import os, pyspark; print(os.path.dirname(pyspark.__file__))';

export interface SparkThrift {
  /** Of its Thrift server over HTTP. */
  readonly port: number;
  stop(): Promise<void>;
}

/** A real SQL server of Apache Spark on 127.0.0.1, with an empty catalog. Needs Python and Java: `describeWith(['python', 'java'], …)`. */
export async function startSparkThrift(path: string): Promise<SparkThrift> {
  const python = await pythonEnv(['pyspark==4.3.0']);
  const home = (await mustRun(python, ['-c', FIND])).trim();
  const folder = mkdtempSync(join(tmpdir(), 'spark-'));
  const port = await freePort();
  const settings = {
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '2',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.sql.catalogImplementation': 'in-memory',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.warehouse.dir': join(folder, 'tables'),
    'spark.sql.thriftServer.incrementalCollect': 'true',
    'spark.local.dir': join(folder, 'scratch'),
    // Closing a session looks for a metastore that nothing needs, and would try ten times.
    'spark.hadoop.hive.hmshandler.retry.attempts': '0',
    'spark.hadoop.hive.hmshandler.retry.interval': '1ms',
    'spark.driver.extraJavaOptions': `-Dderby.system.home=${folder}`,
  };
  const hive = {
    'hive.server2.transport.mode': 'http',
    'hive.server2.thrift.http.port': port,
    'hive.server2.thrift.bind.host': '127.0.0.1',
    'hive.server2.thrift.http.path': path.replace(/^\//, ''),
  };
  mkdirSync(join(folder, 'scratch'));
  const server = await startProcess(
    join(home, 'bin/spark-submit'),
    [
      ...['--master', 'local[2]', '--driver-memory', '1g'],
      ...['--class', 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2'],
      ...Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
      'spark-internal',
      ...Object.entries(hive).flatMap(([name, value]) => ['--hiveconf', `${name}=${value}`]),
    ],
    {
      cwd: folder,
      env: { ...process.env, SPARK_HOME: home, PYSPARK_PYTHON: python },
      ready: `http://127.0.0.1:${port}/`,
      timeoutMs: 120_000,
    },
  );
  return {
    port,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
