// Writes the same 120 rows of every type in every codec and both page formats with DuckDB, and the rows as JSON lines.
import { DuckDBInstance } from '@duckdb/node-api';
const out = process.argv[2];
const i = await DuckDBInstance.create(':memory:'); const c = await i.connect();
const nul = (e, k) => `case when i % ${k} = 3 then null else ${e} end`;
const cols = {
  id: 'i::bigint', i8: nul('(i % 250 - 125)::tinyint', 7), i16: nul('((i * 997) % 60000 - 30000)::smallint', 8), i32: nul('((i * 7919771) % 4294967296 - 2147483648)::integer', 9),
  i64: nul('case when i = 10 then 9223372036854775807 when i = 11 then -9223372036854775808 else i * 1000003 - 500000 end::bigint', 7),
  u8: nul('(i % 256)::utinyint', 5), u16: nul('(i * 200)::usmallint', 6), u32: nul('(4294967295 - i)::uinteger', 5), u64: nul('(18446744073709551615::hugeint - i)::ubigint', 6),
  f: nul('(i * 0.1)::float', 5), d: nul('case when i = 12 then 1e300 else i / 3.0 end::double', 6), b: nul('i % 3 = 0', 5),
  day: nul("date '1969-12-20' + (i * 97)::integer", 7), clock: nul("time '00:00:01' + interval (i * 250) second", 7),
  ts: nul("timestamp '1969-12-31 23:59:59.5' + interval (i * 86399) second", 7), tsns: nul("(timestamp_ns '2024-02-29 12:00:00.123456789')", 7),
  tstz: nul("timestamptz '2024-01-01 00:00:00+00' + interval (i) minute", 7),
  dec4: nul('((i - 150) * 0.5)::decimal(4,1)', 7), dec9: nul('((i - 150) * 1234.56)::decimal(9,2)', 7), dec18: nul('((i - 150) * 12345678.901)::decimal(18,4)', 7), dec38: nul("((i - 150) * 123456789012345678901234::decimal(38,0))::decimal(38,3)", 7),
  id128: nul("('00000000-0000-4000-8000-' || lpad(i::varchar, 12, '0'))::uuid", 7), str: nul("'text ' || (i % 20) || ' \u00e9\u4e2d\ud83d\ude00'", 7), empty: "''",
  pre: nul("'a common beginning ' || lpad(i::varchar, 5, '0')", 11),
  li: nul('case when i % 4 = 0 then []::integer[] when i % 4 = 1 then [i, null, i + 1] else range(i % 5)::integer[] end', 7),
  ls: nul("case when i % 5 = 0 then [] else [{'role': 'user', 'content': 'hi ' || i, 'tags': ['a', null]}, {'role': 'assistant', 'content': null, 'tags': []}] end", 7),
  lli: nul('case when i % 3 = 0 then [[1, 2], [], null, [3]] else [[i]] end', 7),
  st: nul("{'a': i, 'in': {'x': 'deep ' || i, 'y': case when i % 2 = 0 then [i] else null end}}", 7),
  mp: nul("case when i % 4 = 0 then map([]::varchar[], []::integer[]) else map(['k', 'l' || i], [i, null]) end", 7),
};
await c.run(`set timezone='UTC'`);
await c.run(`create table t as select ${Object.entries(cols).map(([k, e]) => `${e} as ${k}`).join(', ')} from range(120) r(i)`);
for (const v of ['V1', 'V2']) for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])
  if (v === 'V2' || codec !== 'brotli') await c.run(`copy t to '${out}/duckdb-${v}-${codec}.parquet' (format parquet, parquet_version ${v}, codec '${codec}', row_group_size 2048)`);
const shown = Object.keys(cols).map(k => k === 'day' ? `strftime(day, '%Y-%m-%dT00:00:00Z') as day` : ['ts', 'tstz'].includes(k) ? `strftime(${k}::timestamp, '%Y-%m-%dT%H:%M:%S.%f') as ${k}` : k === 'tsns' ? `strftime(tsns, '%Y-%m-%dT%H:%M:%S.%n') as tsns` : k);
await c.run(`copy (select ${shown.join(', ')} from t order by id) to '${out}/rows.jsonl' (format json)`);
