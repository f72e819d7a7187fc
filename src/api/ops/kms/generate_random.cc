// GenerateRandom answers random bytes.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct GenerateRandom {
  struct Input {
    std::optional<int64_t> number_of_bytes;
    std::optional<std::string> custom_key_store_id;
    std::optional<Recipient> recipient;
  };
  struct Output {
    Secret plaintext;
  };

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "GenerateRandom", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::number_of_bytes>("NumberOfBytes", {.min = 1, .max = 1024}),
             body<&Input::custom_key_store_id>("CustomKeyStoreId", {.min = 1, .max = 64}),
             body<&Input::recipient>("Recipient"));
  static constexpr auto output = fields(body<&Output::plaintext>("Plaintext"));

  static Status validate(const Input& in, Call& call) {
    note_number(call, "numberOfBytes", in.number_of_bytes);
    if (!in.number_of_bytes) return Error{"ValidationException", "NumberOfBytes is required."};
    if (in.custom_key_store_id)
      return Error{"CustomKeyStoreNotFoundException",
                   fmt::format("Custom key store {} was not found.", *in.custom_key_store_id)};
    return check_recipient(in.recipient);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "GenerateRandom")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    co_return Output{call.services.kms->draw(static_cast<size_t>(*in->number_of_bytes))};
  }
};

}  // namespace

COFFER_OPERATION(kms, GenerateRandom);

}  // namespace coffer::api
