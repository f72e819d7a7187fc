#include "audit/checkpoint.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace coffer::audit {
namespace {

constexpr size_t kDocumentMax = 16 * 1024;
constexpr int kVersion = 1;

std::string signed_text(const Checkpoint& c) {
  return fmt::format("coffer audit checkpoint {}\n{}\n{}\n{}\n{}", kVersion, hex(c.log.view()),
                     c.sequence, hex(c.chain.view()), iso8601(c.time_ms));
}

Error invalid(std::string_view why) {
  return Error{"InvalidCheckpoint", fmt::format("The checkpoint does not hold: {}.", why)};
}

template <class T>
std::optional<T> fixed_of(const std::string& text) {
  const auto bytes = unhex(text);
  return bytes && bytes->size() == sizeof(T) ? std::optional(T::from(*bytes)) : std::nullopt;
}

}  // namespace

Task<Result<std::string>> sign_checkpoint(TrailKeys& keys, Checkpoint checkpoint) {
  CO_TRY(const PublicKey key, co_await keys.current());
  CO_TRY(const Bytes signature, co_await keys.sign(signed_text(checkpoint)));
  co_return nlohmann::ordered_json{{"version", kVersion},
                                   {"log", hex(checkpoint.log.view())},
                                   {"sequence", checkpoint.sequence},
                                   {"chain", hex(checkpoint.chain.view())},
                                   {"time", iso8601(checkpoint.time_ms)},
                                   {"publicKey", base64(key.der)},
                                   {"publicKeyFingerprint", key.fingerprint},
                                   {"signatureAlgorithm", "SHA256withRSA"},
                                   {"signature", hex(signature)}}
      .dump();
}

Result<Checkpoint> open_checkpoint(const TrailKeys& keys, std::string_view document) {
  if (document.size() > kDocumentMax) return invalid("it is too long");
  const auto json = nlohmann::json::parse(document, nullptr, false);
  if (!json.is_object()) return invalid("it is no JSON object");
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto version = json.find("version"), sequence = json.find("sequence");
  if (version == json.end() || *version != kVersion) return invalid("its version is unknown");
  if (sequence == json.end() || !sequence->is_number_unsigned())
    return invalid("it names no record");
  const auto log = fixed_of<Id128>(text("log"));
  const auto chain = fixed_of<Hash256>(text("chain"));
  const auto time = parse_iso8601(text("time"));
  const auto signature = unhex(text("signature"));
  if (!log || !chain || !time || !signature) return invalid("a member is missing or malformed");
  const Checkpoint out{*log, sequence->get<uint64_t>(), *chain, *time};
  if (!keys.verify(text("publicKeyFingerprint"), signed_text(out), *signature))
    return invalid("no key of this store signed it");
  return out;
}

}  // namespace coffer::audit
