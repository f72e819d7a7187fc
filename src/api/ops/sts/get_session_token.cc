// GetSessionToken gives a user, or an account's root, temporary credentials of its own. It needs no
// permission.
// Source: docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
#include "api/ops/sts/sessions.h"

namespace coffer::api {
namespace {

using namespace sts_ops;

struct GetSessionToken {
  struct Input {
    std::optional<int64_t> duration_seconds;
    std::optional<std::string> serial_number, token_code;
  };
  struct Output {
    CredentialsEntity credentials;
  };

  static constexpr OpSpec spec{
      .service = Service::kSts, .name = "GetSessionToken", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::duration_seconds>("DurationSeconds", {.min = 900, .max = 129600}),
             body<&Input::serial_number>("SerialNumber", {.min = 9, .max = 256}),
             body<&Input::token_code>("TokenCode", {.min = 6, .max = 6}));
  static constexpr auto output = fields(body<&Output::credentials>("Credentials"));

  static Status validate(const Input& in, Call& call) {
    note(call, "durationSeconds", in.duration_seconds);
    TRY_OK(long_term_only(call, "GetSessionToken"));
    return refuse_mfa(in.serial_number, in.token_code);
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {{.action = "sts:GetSessionToken",
             .resource = "*",
             .resource_account = call.caller.principal.account,
             .rule = authz::ResourceRule::kAuthenticated}};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    const authz::Principal& who = call.caller.principal;
    CO_TRY(iam::NewSession session,
           co_await call.services.iam->begin_session(
               {.kind = who.is_root() ? iam::SessionKind::kRoot : iam::SessionKind::kUser,
                .account = who.account,
                .parent_id = who.is_root() ? "" : who.principal_id,
                .duration_s = own_duration(call, in->duration_seconds)}));
    Output out{credentials(std::move(session))};
    note_credentials(call, out.credentials);
    co_return std::move(out);
  }
};

}  // namespace

COFFER_OPERATION(sts, GetSessionToken);

}  // namespace coffer::api
