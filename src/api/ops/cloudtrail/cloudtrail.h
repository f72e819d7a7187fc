#pragma once
// What the operations of CloudTrail share: demands, and what the trail keeps of a call of its own.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
// CloudTrail".
#include "api/op.h"

namespace coffer::api::cloudtrail_ops {

using audit::shown_time;
using protocol::Timestamp;

struct Nothing {};

// demand_on: `resource` is a trail's ARN or "*".
std::vector<Demand> demand_on(const Call& call, std::string_view operation,
                              std::string resource = "*");

void note(Call& call, std::string_view name, const std::string& value);
void note(Call& call, std::string_view name, const std::optional<std::string>& value);
void note_flag(Call& call, std::string_view name, const std::optional<bool>& value);
void note_number(Call& call, std::string_view name, const std::optional<int64_t>& value);
void note_json(Call& call, std::string_view name, std::string json);

std::string json_text(std::string_view text);  // quoted

// A token names a place in a list and holds for the same parameters alone. `of`: those parameters,
// told apart.
std::string page_token(uint64_t place, std::string_view of);
std::optional<uint64_t> place_of(std::string_view token, std::string_view of);

}  // namespace coffer::api::cloudtrail_ops
