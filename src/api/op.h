#pragma once
// The vocabulary that every operation file is written in. An operation is one small file under
// ops/: plain structs, constexpr field descriptors, the route, limits, and
//
//   facts    reads what the decision needs (the bucket, the key, existing tags); reads only.
//   demands  says what the caller must be allowed to do; pure.
//   run      does it; takes Authorized<Input>, which only the engine makes.
//
// The dispatcher calls them in this order and records the outcome; see dispatcher.h.
// COFFER_OPERATION(Op) at the file's end makes its OpEntry, and one line in its service's
// operations.def names it.
#include <functional>
#include <memory>
#include <string_view>

#include "api/call.h"
#include "authz/engine.h"
#include "protocol/codec.h"

namespace coffer::api {

using authz::Authorized;
using authz::Demand;
using protocol::body;
using protocol::fields;
using protocol::group;
using protocol::header;
using protocol::path;
using protocol::payload;
using protocol::prefix_headers;
using protocol::query;

enum class Service : uint8_t {
  kS3,
  kS3Control,
  kKms,
  kIam,
  kSts,
  kOrganizations,
  kCloudTrail,
  kCoffer
};
enum class Method : uint8_t { kNone, kGet, kPut, kPost, kDelete, kHead };
enum class Scope : uint8_t { kService, kBucket, kObject };

// Route tells REST operations apart. `query`: parameters that must all be there, joined by '&',
// each a name or name=value
// ("uploadId&partNumber", "list-type=2"). `header`: one that must be there. The route with the most
// conditions wins.
struct Route {
  Method method = Method::kNone;
  Scope scope = Scope::kService;
  std::string_view query = {};
  std::string_view header = {};
  friend constexpr bool operator==(const Route&, const Route&) = default;
};

// kForm: the request, as the file of a form that brings its own signature.
enum class Streams : uint8_t { kNone, kRequest, kResponse, kForm };

struct OpSpec {
  Service service;
  std::string_view name;
  Route route = {};  // REST only; awsJson and awsQuery go by name
  uint16_t status_ok = 200;
  uint32_t body_bytes_max = 64 * 1024;  // of a buffered body
  Streams streams = Streams::kNone;
  bool read_only = false;           // as the audit trail has it
  bool data_event = false;          // else a management event
  bool checksum_required = false;   // the body needs Content-MD5 or an x-amz-checksum-* header
  bool checksum_of_object = false;  // x-amz-checksum-* headers tell of the object, not of this body
  // restXml: the answer's root element; empty: no body. awsQuery: the result element of an answer
  // that has nothing in it, where the model names one.
  std::string_view output_root = {};
  std::string_view event_name = {};  // where the trail's name differs from the operation's
};

// OpEntry is an operation as the dispatcher sees it.
struct OpEntry {
  OpSpec spec;
  protocol::Shape input, output;
  Task<Result<Unit>> (*handle)(Call& call);  // decode, facts, authorize, run, encode
};

// NoFacts is for operations whose decision needs nothing read.
struct NoFacts {};

namespace detail {
template <class Op>
concept HasFacts = requires { typename Op::Facts; };
template <class Op>
struct FactsOf {
  using Type = NoFacts;
};
template <HasFacts Op>
struct FactsOf<Op> {
  using Type = typename Op::Facts;
};

// The one path of every operation.
template <class Op>
Task<Result<Unit>> handle(Call& call) {
  using Input = typename Op::Input;
  using Facts = typename FactsOf<Op>::Type;
  Input input{};
  CO_TRY_OK(call.decode(Op::input, &input));
  if constexpr (requires { Op::validate(std::as_const(input), call); })
    CO_TRY_OK(Op::validate(std::as_const(input), call));
  Facts facts{};
  if constexpr (HasFacts<Op>) {
    CO_TRY(facts, co_await Op::facts(std::as_const(input), call));
  }
  std::vector<Demand> demands;
  if constexpr (HasFacts<Op>) {
    demands = Op::demands(std::as_const(input), std::as_const(facts), std::as_const(call));
  } else {
    demands = Op::demands(std::as_const(input), std::as_const(call));
  }
  CO_TRY(auto permit, authz::Engine::permit(call.denial_style, call.caller, demands,
                                            std::move(input), call.decisions));
  if constexpr (HasFacts<Op>) {
    CO_TRY(auto output, co_await Op::run(std::move(permit), std::move(facts), call));
    co_return call.encode(Op::output, &output);
  } else {
    CO_TRY(auto output, co_await Op::run(std::move(permit), call));
    co_return call.encode(Op::output, &output);
  }
}
}  // namespace detail

template <class Op>
constexpr OpEntry make_entry() {
  return OpEntry{Op::spec, Op::input, Op::output, &detail::handle<Op>};
}

// One OpEntry an operation, with external linkage under a name of its own.
#define COFFER_OPERATION(service, Op)       \
  extern const OpEntry op_##service##_##Op; \
  const OpEntry op_##service##_##Op = make_entry<Op>()

// operations lists every entry of ops/operations.def.
std::span<const OpEntry* const> operations();

}  // namespace coffer::api
