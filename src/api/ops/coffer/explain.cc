// Explain tells what is on record of one request, newest first, with the decisions behind it: which
// policies were considered, which statement decided, which condition values were seen. A client
// reads AWS's words; this is for the administrator.
#include "api/ops/coffer/operator.h"

namespace coffer::api {
namespace {

using authz::PolicySide;

std::string_view name_of(PolicySide side) {
  switch (side) {
    case PolicySide::kNone:
      return "none";
    case PolicySide::kIdentity:
      return "identity-based policy";
    case PolicySide::kResource:
      return "resource-based policy";
    case PolicySide::kBoundary:
      return "permissions boundary";
    case PolicySide::kSession:
      return "session policy";
    case PolicySide::kServiceControl:
      return "service control policy";
    case PolicySide::kTrust:
      return "role trust policy";
    case PolicySide::kGrant:
      return "grant";
  }
  return "none";
}

struct SeenCondition {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&SeenCondition::key>("Key"), body<&SeenCondition::value>("Value"));
  }
};

struct DecisionView {
  std::string action, resource;
  bool allowed = false, explicit_deny = false;
  std::string side;
  std::optional<std::string> policy, statement;
  std::vector<std::string> considered;
  std::vector<SeenCondition> conditions;
  static constexpr auto shape() {
    return fields(body<&DecisionView::action>("Action"), body<&DecisionView::resource>("Resource"),
                  body<&DecisionView::allowed>("Allowed"),
                  body<&DecisionView::explicit_deny>("ExplicitDeny"),
                  body<&DecisionView::side>("Side"), body<&DecisionView::policy>("Policy"),
                  body<&DecisionView::statement>("Statement"),
                  body<&DecisionView::considered>("PoliciesConsidered"),
                  body<&DecisionView::conditions>("ConditionsSeen"));
  }
};

struct RecordView {
  std::string event;  // CloudTrail's JSON
  std::vector<DecisionView> decisions;
  static constexpr auto shape() {
    return fields(body<&RecordView::event>("CloudTrailEvent"),
                  body<&RecordView::decisions>("Decisions"));
  }
};

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

DecisionView view_of(const authz::Decision& decision) {
  DecisionView out{.action = decision.action,
                   .resource = decision.resource,
                   .allowed = decision.allowed,
                   .explicit_deny = decision.explicit_deny,
                   .side = std::string(name_of(decision.side)),
                   .policy = if_any(decision.policy_name),
                   .statement = if_any(decision.statement_id),
                   .considered = decision.considered,
                   .conditions = {}};
  for (const auto& [key, value] : decision.conditions_seen) out.conditions.push_back({key, value});
  return out;
}

struct Explain {
  struct Input {
    std::string request_id;
  };
  struct Output {
    std::vector<RecordView> records;
  };

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "Explain", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::request_id>("RequestId", {.min = 1, .max = 64}));
  static constexpr auto output = fields(body<&Output::records>("Records"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "Explain");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const std::vector<audit::Event> events,
           co_await call.services.audit->find_request(in->request_id));
    Output out;
    for (const audit::Event& event : events) {
      RecordView record{.event = audit::render_json(event), .decisions = {}};
      for (const authz::Decision& decision : event.decisions)
        record.decisions.push_back(view_of(decision));
      out.records.push_back(std::move(record));
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(coffer, Explain);

}  // namespace coffer::api
