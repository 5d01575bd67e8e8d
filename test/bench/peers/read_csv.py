"""Reads a CSV file several times. Arguments: pandas or pyarrow, the file, how often. Prints the best figures as JSON."""

import json
import resource
import sys
import time

library, path, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
if library == "pandas":
    import pandas

    def read():
        return pandas.read_csv(path)

else:
    import pyarrow
    import pyarrow.csv

    pyarrow.set_cpu_count(2)

    def read():
        return pyarrow.csv.read_csv(path)


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


start = resident()
wall, cpu, peak = [], [], 0
for i in range(repeats):
    began, used = time.perf_counter(), time.process_time()
    table = read()
    wall.append(time.perf_counter() - began)
    cpu.append(time.process_time() - used)
    del table
    if i == 0:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - start
print(json.dumps({"wallSeconds": min(wall), "cpuSeconds": min(cpu), "peakBytes": peak}))
