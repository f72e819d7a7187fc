#pragma once
// What is put on record of a call: every management event, every refusal, every change. Source:
// spec/kms-iam-sts-cloudtrail.md section D, spec/s3.md section D. No header or member that may hold
// a secret is copied: only those named here are.
#include "api/service_call.h"

namespace coffer::api {

// begin_record makes the event of a call. A read of data is on record only where it is refused: its
// event stays bare until then.
audit::Event begin_record(const Exchange& exchange);

// finish_record completes the record with the outcome (`error` null: it succeeded) and writes what
// must be written before the answer. Error: ServiceUnavailable, the log takes no more.
Task<Status> finish_record(audit::Log& log, const Exchange& exchange, Call& call,
                           const Error* error);

// record_stranger notes a request whose sender is not known: counted always, written now and then.
void record_stranger(audit::Log& log, const Exchange& exchange, const Error& error, UnixMs now_ms);

}  // namespace coffer::api
