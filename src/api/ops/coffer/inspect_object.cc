// InspectObject shows what lies on disk for one object, without any key: `coffer fsck --object`
// asks for it over the admin socket.
#include "admin/admin.h"
#include "api/ops/coffer/operator.h"

namespace coffer::api {
namespace {

struct InspectObject {
  struct Input {
    std::string bucket, key;
    std::optional<std::string> version_id;
  };
  struct Output {
    bool sound = false;
    std::string text;
  };

  static constexpr OpSpec spec{
      .service = Service::kCoffer, .name = "InspectObject", .read_only = true};
  static constexpr auto input = fields(body<&Input::bucket>("Bucket"), body<&Input::key>("Key"),
                                       body<&Input::version_id>("VersionId"));
  static constexpr auto output = fields(body<&Output::sound>("Sound"), body<&Output::text>("Text"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "InspectObject");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    if (!call.services.admin) co_return internal_error("no administration here");
    CO_TRY(const admin::ObjectProof proof,
           co_await call.services.admin->prove(in->bucket, in->key, in->version_id));
    co_return Output{.sound = proof.sound(), .text = admin::render(proof, in->bucket, in->key)};
  }
};

}  // namespace

COFFER_OPERATION(coffer, InspectObject);

}  // namespace coffer::api
