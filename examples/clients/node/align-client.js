// A client of AlignService for Node: npm install (in this folder), then
//
//   node align-client.js HOST:PORT submit JOB.json     queues a job (proto3 JSON) and follows it; exit status 0 if it succeeds
//   node align-client.js HOST:PORT validate JOB.json   prints everything that is wrong with it; exit status 2 if anything is
//   node align-client.js HOST:PORT list                prints the newest jobs
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const protos = path.resolve(__dirname, '../../../protos');
const definition = loader.loadSync('align/v1/job_service.proto', { includeDirs: [protos], keepCase: true, longs: String, enums: String, oneofs: true, defaults: true });
const { JobService } = grpc.loadPackageDefinition(definition).align.v1;

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

/** A unary call as a promise. */
function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, { deadline: Date.now() + 60_000 }, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

async function main(address, command, file) {
  const client = new JobService(address, grpc.credentials.createInsecure());
  if (command === 'list') {
    for (const job of (await call(client, 'ListJobs', { page_size: 20 })).jobs) console.log(job.name, job.spec.display_name);
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
  for await (const { event } of client.WatchJob({ name: job.name })) {
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
