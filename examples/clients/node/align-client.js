// A client of AlignService for Node: npm install (in this folder), then
//
//   node align-client.js HOST:PORT submit JOB.json     queues a job (proto3 JSON) and follows it; exit status 0 if it succeeds
//   node align-client.js HOST:PORT validate JOB.json   prints everything that is wrong with it; exit status 2 if anything is
//   node align-client.js HOST:PORT list                prints the newest jobs
//   node align-client.js HOST:PORT push datasets/ID FILE
//                                                      uploads a file of data; interrupted, the same command continues
//   node align-client.js HOST:PORT pull jobs/ID/checkpoints/best DIRECTORY
//                                                      downloads what was trained, and compares every checksum
//
// ALIGN_API_KEY holds the key, if the server asks for one.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const protos = path.resolve(__dirname, '../../../protos');
const services = ['job', 'dataset', 'model'].map(name => `align/v1/${name}_service.proto`);
const definition = loader.loadSync(services, { includeDirs: [protos], keepCase: true, longs: String, enums: String, oneofs: true, defaults: true });
const { JobService, DatasetService, ModelService } = grpc.loadPackageDefinition(definition).align.v1;

// What errors carry, of google.rpc.
const { root: rpc } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; string reason = 3; }
    repeated FieldViolation field_violations = 1;
  }
`, { keepCase: true });

/** What an error says about single fields, as many as an error has room for. */
function violationsOf(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const details = bytes ? rpc.lookupType('google.rpc.Status').decode(bytes).details : [];
  return details
    .filter(detail => detail.type_url.endsWith('/google.rpc.BadRequest'))
    .flatMap(detail => rpc.lookupType('google.rpc.BadRequest').decode(detail.value).field_violations);
}

const CHUNK = 64 << 10;
const metadata = new grpc.Metadata();
if (process.env.ALIGN_API_KEY) metadata.set('authorization', `Bearer ${process.env.ALIGN_API_KEY}`);

/** A unary call as a promise. */
function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, metadata, { deadline: Date.now() + 60_000 }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

/** Uploads a file as a dataset; what an earlier attempt sent is not sent again. */
async function push(address, name, file) {
  const client = new DatasetService(address, grpc.credentials.createInsecure());
  const content = fs.readFileSync(file);
  const declared = { path: path.basename(file), size_bytes: content.length, sha256: crypto.createHash('sha256').update(content).digest('hex') };
  const { upload, received, dataset } = await call(client, 'BeginUpload', { name, files: [declared] });
  if (dataset) return { dataset, faults: [] };
  return new Promise((resolve, reject) => {
    const stream = client.UploadDataset(metadata, (error, response) => (error ? reject(error) : resolve(response)));
    stream.write({ upload });
    for (let offset = Number(received[0]?.received_bytes ?? 0); offset < content.length; offset += CHUNK) {
      stream.write({ chunk: { path: declared.path, offset, data: content.subarray(offset, offset + CHUNK) } });
    }
    stream.end();
  });
}

/** Downloads a model or a checkpoint into a new directory. */
async function pull(address, name, directory) {
  const client = new ModelService(address, grpc.credentials.createInsecure());
  fs.mkdirSync(path.dirname(path.resolve(directory)), { recursive: true });
  fs.mkdirSync(directory);
  const hashes = new Map();
  for await (const { chunk } of client.DownloadModel({ name }, metadata)) {
    if (!chunk) continue;
    const target = path.resolve(directory, chunk.path);
    if (!target.startsWith(path.resolve(directory) + path.sep)) throw new Error(`${chunk.path} would be written elsewhere`);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.appendFileSync(target, chunk.data);
    if (!hashes.has(chunk.path)) hashes.set(chunk.path, crypto.createHash('sha256'));
    hashes.get(chunk.path).update(chunk.data);
    if (chunk.sha256 && hashes.get(chunk.path).digest('hex') !== chunk.sha256) throw new Error(`${chunk.path} was damaged on the way`);
  }
}

async function main(address, command, file, target) {
  const client = new JobService(address, grpc.credentials.createInsecure());
  if (command === 'list') {
    for (const job of (await call(client, 'ListJobs', { page_size: 20 })).jobs) console.log(job.name, job.spec.display_name);
    return 0;
  }

  if (command === 'push') {
    const { dataset, faults } = await push(address, file, target);
    console.log(dataset ? `${dataset.name}: ${dataset.row_count} rows` : faults.join('\n'));
    return dataset ? 0 : 2;
  }

  if (command === 'pull') {
    await pull(address, file, target);
    console.log(`${file} is in ${target}`);
    return 0;
  }

  const spec = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (command === 'validate') {
    const { violations } = await call(client, 'CreateJob', { spec, validate_only: true, list_violations: true });
    for (const violation of violations) console.log(`${violation.field}: ${violation.description}`);
    return violations.length > 0 ? 2 : 0;
  }

  let job;
  try {
    ({ job } = await call(client, 'CreateJob', { spec }));
  } catch (error) {
    console.error(grpc.status[error.code], error.details.split('\n')[0]);
    for (const violation of violationsOf(error)) console.error(`${violation.field} [${violation.reason}]: ${violation.description}`);
    return 2;
  }

  // Events that happened first, then live until the job has ended.
  for await (const { event } of client.WatchJob({ name: job.name }, metadata)) {
    if (event.text) console.log(event.text);
  }

  ({ job } = await call(client, 'GetJob', { name: job.name }));
  console.log(job.name, job.state);
  return job.state === 'JOB_STATE_SUCCEEDED' ? 0 : 4;
}

main(...process.argv.slice(2)).then(code => process.exit(code), error => {
  console.error(String(error));
  process.exit(70);
});
