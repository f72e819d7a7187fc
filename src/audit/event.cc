#include "audit/event.h"

#include <algorithm>
#include <numeric>

#include "base/wire.h"

namespace coffer::audit {
namespace {

constexpr std::string_view kMagic = "CTE";
constexpr uint8_t kVersion = 1;

constexpr UnixMs kTimeMsMax = int64_t{1}
                              << 53;  // far beyond year 9999, and every calendar's arithmetic holds
constexpr size_t kTextBytesMax = 1024;              // userAgent, errorMessage, a condition's value
constexpr size_t kParametersBytesMax = 100 * 1024;  // requestParameters, responseElements
constexpr size_t kAdditionalBytesMax = 28 * 1024;   // additionalEventData
constexpr size_t kResourcesBytesMax = 100 * 1024;
constexpr size_t kDecisionsBytesMax = 200 * 1024;

void put(Writer& w, bool v) { w.u8(v ? 1 : 0); }

void put(Writer& w, const std::vector<Parameter>& parameters) {
  w.varint(parameters.size());
  for (const auto& p : parameters) {
    w.bytes(p.name).bytes(p.value);
    put(w, p.json);
  }
}

void put(Writer& w, const authz::Principal& p) {
  w.u8(static_cast<uint8_t>(p.type));
  w.bytes(p.account)
      .bytes(p.arn)
      .bytes(p.principal_id)
      .bytes(p.name)
      .bytes(p.role_arn)
      .bytes(p.role_id);
  w.bytes(p.access_key_id).varint(p.tags.size());
  for (const auto& [key, value] : p.tags) w.bytes(key).bytes(value);
  w.bytes(p.source_identity);
  put(w, p.token_issued_ms.has_value());
  if (p.token_issued_ms) w.u64(static_cast<uint64_t>(*p.token_issued_ms));
  put(w, p.mfa);
}

void put(Writer& w, const authz::Decision& d) {
  put(w, d.allowed);
  put(w, d.explicit_deny);
  w.u8(static_cast<uint8_t>(d.side))
      .bytes(d.policy_name)
      .bytes(d.statement_id)
      .bytes(d.action)
      .bytes(d.resource);
  w.varint(d.considered.size());
  for (const auto& name : d.considered) w.bytes(name);
  w.varint(d.conditions_seen.size());
  for (const auto& [key, value] : d.conditions_seen) w.bytes(key).bytes(value);
}

bool get_bool(Reader& r) {
  const uint8_t v = r.u8();
  if (v > 1) r.fail();
  return v == 1;
}

template <class E>
E get_enum(Reader& r, E least, E most) {
  const uint8_t v = r.u8();
  if (v < static_cast<uint8_t>(least) || v > static_cast<uint8_t>(most)) r.fail();
  return r.ok() ? static_cast<E>(v) : least;
}

UnixMs get_time(Reader& r) {
  const uint64_t v = r.u64();
  if (v > static_cast<uint64_t>(kTimeMsMax)) r.fail();
  return r.ok() ? static_cast<UnixMs>(v) : 0;
}

std::vector<Parameter> get_parameters(Reader& r) {
  std::vector<Parameter> out(r.count(3));
  for (auto& p : out) {
    p.name = r.str();
    p.value = r.str();
    p.json = get_bool(r);
  }
  return out;
}

authz::Principal get_principal(Reader& r) {
  authz::Principal p;
  p.type = get_enum(r, authz::PrincipalType::kAnonymous, authz::PrincipalType::kService);
  for (auto* text :
       {&p.account, &p.arn, &p.principal_id, &p.name, &p.role_arn, &p.role_id, &p.access_key_id})
    *text = r.str();
  for (size_t n = r.count(2); n > 0; --n) {
    std::string key = r.str();
    if (!p.tags.empty() && key <= p.tags.rbegin()->first) r.fail();  // one value has one encoding
    p.tags.emplace_hint(p.tags.end(), std::move(key), r.str());
  }
  p.source_identity = r.str();
  if (get_bool(r)) p.token_issued_ms = get_time(r);
  p.mfa = get_bool(r);
  return p;
}

authz::Decision get_decision(Reader& r) {
  authz::Decision d;
  d.allowed = get_bool(r);
  d.explicit_deny = get_bool(r);
  d.side = get_enum(r, authz::PolicySide::kNone, authz::PolicySide::kGrant);
  for (auto* text : {&d.policy_name, &d.statement_id, &d.action, &d.resource}) *text = r.str();
  d.considered.resize(r.count());
  for (auto& name : d.considered) name = r.str();
  d.conditions_seen.resize(r.count(2));
  for (auto& [key, value] : d.conditions_seen) {
    key = r.str();
    value = r.str();
  }
  return d;
}

// cut shortens to `bytes_max` at a character's beginning.
void cut(std::string& text, size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

size_t bytes_of(const std::vector<Parameter>& parameters) {
  size_t n = 0;
  for (const auto& p : parameters) n += p.name.size() + p.value.size() + 8;
  return n;
}

// keep_within drops the elements from where they pass `bytes_max` together.
template <class T, class Size>
void keep_within(std::vector<T>& list, size_t bytes_max, Size size) {
  size_t total = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    total += size(list[i]);
    if (total <= bytes_max) continue;
    list.resize(i);
    return;
  }
}

// omit_largest puts a note in the place of the longest values until the rest has room: what a
// caller pads a request with goes, and the names, identifiers and ARNs beside it stay. Only so many
// parameters that their names alone have no room end early.
void omit_largest(std::vector<Parameter>& list, size_t bytes_max) {
  size_t total = bytes_of(list);
  if (total <= bytes_max) return;
  std::vector<size_t> order(list.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const size_t x = list[a].value.size(), y = list[b].value.size();
    return x != y ? x > y : a < b;
  });
  for (size_t i : order) {
    if (total <= bytes_max) return;
    std::string note = fmt::format("omitted: {} bytes", list[i].value.size());
    if (note.size() >= list[i].value.size()) break;
    total -= list[i].value.size() - note.size();
    list[i].value = std::move(note);
    list[i].json = false;
  }
  keep_within(list, bytes_max,
              [](const Parameter& p) { return p.name.size() + p.value.size() + 8; });
}

size_t size_of(const authz::Decision& d) {
  size_t n =
      d.policy_name.size() + d.statement_id.size() + d.action.size() + d.resource.size() + 16;
  for (const auto& name : d.considered) n += name.size() + 2;
  for (const auto& [key, value] : d.conditions_seen) n += key.size() + value.size() + 4;
  return n;
}

}  // namespace

Event begin_event(const authz::RequestContext& context, std::string source, std::string name) {
  Event e;
  e.time_ms = context.now_ms;
  e.source = std::move(source);
  e.name = std::move(name);
  e.region = context.region;
  e.identity = context.principal;
  e.source_ip = context.source_ip;
  e.user_agent = context.user_agent;
  if (!context.via_service.empty())
    e.invoked_by = context.source_ip;  // forward() put the service's name there
  e.request_id = context.request_id;
  e.recipient_account = context.principal.account;
  e.tls_version = context.tls_version;
  e.cipher_suite = context.cipher_suite;
  e.host = context.host;
  return e;
}

void bound_event(Event& e) {
  e.time_ms = std::clamp<UnixMs>(e.time_ms, 0, kTimeMsMax);
  if (auto& issued = e.identity.token_issued_ms)
    issued = std::clamp<UnixMs>(*issued, 0, kTimeMsMax);
  for (auto* text :
       {&e.user_agent, &e.error_message, &e.error_code, &e.host, &e.source_ip, &e.request_id})
    cut(*text, kTextBytesMax);
  omit_largest(e.request, kParametersBytesMax);
  omit_largest(e.response, kParametersBytesMax);
  omit_largest(e.additional, kAdditionalBytesMax);
  for (authz::Decision& d : e.decisions)
    for (auto& [key, value] : d.conditions_seen) cut(value, kTextBytesMax);
  keep_within(e.resources, kResourcesBytesMax, [](const ResourceRef& r) {
    return r.account.size() + r.type.size() + r.arn.size() + 8;
  });
  keep_within(e.decisions, kDecisionsBytesMax, size_of);
}

Bytes encode_event(const Event& e) {
  Writer w;
  w.raw(kMagic).u8(kVersion).bytes(e.event_id).u64(static_cast<uint64_t>(e.time_ms));
  w.bytes(e.source).bytes(e.name).bytes(e.region);
  w.u8(static_cast<uint8_t>(e.type)).u8(static_cast<uint8_t>(e.category));
  put(w, e.read_only);
  put(w, e.identity);
  w.bytes(e.invoked_by)
      .bytes(e.source_ip)
      .bytes(e.user_agent)
      .bytes(e.error_code)
      .bytes(e.error_message);
  put(w, e.request);
  put(w, e.response);
  put(w, e.additional);
  w.varint(e.resources.size());
  for (const auto& r : e.resources) w.bytes(r.account).bytes(r.type).bytes(r.arn);
  w.bytes(e.request_id).bytes(e.recipient_account).bytes(e.shared_event_id);
  w.bytes(e.tls_version).bytes(e.cipher_suite).bytes(e.host);
  w.varint(e.decisions.size());
  for (const auto& d : e.decisions) put(w, d);
  return w.take();
}

Result<Event> decode_event(ByteView bytes) {
  Reader r(bytes);
  if (r.raw(kMagic.size()) != kMagic) return Error{"InternalError", "not an audit event"};
  if (const uint8_t version = r.u8(); version != kVersion)
    return Error{"InternalError", fmt::format("an audit event of version {}", version)};
  Event e;
  e.event_id = r.str();
  e.time_ms = get_time(r);
  for (auto* text : {&e.source, &e.name, &e.region}) *text = r.str();
  e.type = get_enum(r, EventType::kApiCall, EventType::kServiceEvent);
  e.category = get_enum(r, Category::kManagement, Category::kData);
  e.read_only = get_bool(r);
  e.identity = get_principal(r);
  for (auto* text : {&e.invoked_by, &e.source_ip, &e.user_agent, &e.error_code, &e.error_message})
    *text = r.str();
  e.request = get_parameters(r);
  e.response = get_parameters(r);
  e.additional = get_parameters(r);
  e.resources.resize(r.count(3));
  for (auto& ref : e.resources)
    for (auto* text : {&ref.account, &ref.type, &ref.arn}) *text = r.str();
  for (auto* text : {&e.request_id, &e.recipient_account, &e.shared_event_id, &e.tls_version,
                     &e.cipher_suite, &e.host})
    *text = r.str();
  for (size_t n = r.count(9); n > 0; --n) e.decisions.push_back(get_decision(r));
  if (!r.done()) return Error{"InternalError", "a damaged audit event"};
  return e;
}

std::string event_id_of(ByteView bytes) {
  Reader r(bytes);
  if (r.raw(kMagic.size()) != kMagic || r.u8() != kVersion) return {};
  return r.str();
}

}  // namespace coffer::audit
