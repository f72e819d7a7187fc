// The organization's accounts. Source: AWS Organizations API Reference, CreateAccount,
// DescribeCreateAccountStatus, ListAccounts, CloseAccount; User Guide, "Accessing member accounts".
#include "base/encoding.h"
#include "iam/impl.h"

namespace coffer::iam {
namespace {

constexpr std::string_view kAdministrator = "arn:aws:iam::aws:policy/AdministratorAccess";
constexpr UnixMs kMakingMax_ms = 60'000;  // a request that stopped half way has failed after it

// Ours: the first account is not made by a request that would name it.
constexpr std::string_view kFirstName = "management";
constexpr std::string_view kFirstEmail = "root@localhost";

std::string trust_in(std::string_view account) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"sts:AssumeRole"}}]}})",
      account);
}

std::string draw_account(const Iam::Impl& impl) {
  for (;;) {
    uint64_t drawn = 0;
    for (char c : impl.deps.random.bytes(7)) drawn = drawn << 8 | static_cast<uint8_t>(c);
    std::string id = fmt::format("{}", 100'000'000'000 + drawn % 900'000'000'000);
    if (!impl.accounts.find(id, kSelf)) return id;
  }
}

AccountCreation creation_of(const Iam::Impl& impl, const CreationRecord& r) {
  using State = AccountCreation::State;
  AccountCreation out{.id = r.id,
                      .name = r.name,
                      .requested_ms = r.requested_ms,
                      .completed_ms = r.requested_ms,
                      .failure = r.failure};
  if (!r.failure.empty()) {
    out.state = State::kFailed;
  } else if (auto made = impl.accounts.find(r.account, kSelf)) {
    out.state = State::kSucceeded;
    out.account = r.account;
    out.completed_ms = made->value.created_ms;
  } else if (impl.deps.clock.business_ms() - r.requested_ms > kMakingMax_ms) {
    out.state = State::kFailed;
    out.failure = "INTERNAL_FAILURE";
  }
  return out;
}

bool is_taken(const Iam::Impl& impl, std::string_view email) {
  if (iequals(email, kFirstEmail)) return true;
  for (const std::string& account : impl.members.scopes())
    if (auto member = impl.members.find(account, kSelf); iequals(member->value.email, email))
      return true;
  for (const auto& [_, creation] : impl.creations.list(impl.deps.first_account, "", SIZE_MAX))
    if (iequals(creation->value.email, email) &&
        creation_of(impl, creation->value).state == AccountCreation::State::kInProgress)
      return true;
  return false;
}

Error internal_commit() {
  return {"ServiceException",
          "AWS Organizations can't complete your request because of an internal "
          "service error. Try again later."};
}

// make_member commits the first rows of an account in one step.
Task<Status> make_member(Iam::Impl& impl, std::string account, Iam::NewAccount request) {
  CO_TRY(auto trust,
         co_await impl.compile(trust_in(impl.deps.first_account), authz::PolicyKind::kTrust));
  const UnixMs now = impl.deps.clock.business_ms();
  CO_TRY(RolePtr role, impl.with_caller(Role{.account = account,
                                             .name = request.role,
                                             .id = unique_id(impl.deps.random, "AROA"),
                                             .path = "/",
                                             .created_ms = now / 1000 * 1000,
                                             .attached = {std::string(kAdministrator)},
                                             .trust = std::move(trust)}));
  auto first = impl.accounts.find(impl.deps.first_account, kSelf);
  AccountRecord record{.change_id = impl.deps.random.id128(),
                       .canonical_id = hex(impl.deps.random.bytes(32)),
                       .organization_id = first->value.organization_id,
                       .created_ms = now};
  MemberRecord member{.name = request.name, .email = request.email, .tags = request.tags};
  store::Batch batch{.in = account_partition(account),
                     .puts = {{std::string(kMemberRow), encode(member)},
                              row_of(*role),
                              {trust_row(role->name), encode_document(role->trust->text())}}};
  for (store::Row& row : batch.puts) row.value = impl.seal_row(account, row.key, row.value);
  Bytes raw = impl.seal_row(account, kAccountRow, encode(record));
  Turns::Turn turn = co_await impl.turns.take(account);
  CO_TRY(bool made, co_await impl.commit_head(account, std::move(batch), std::nullopt, raw));
  if (!made) co_return internal_commit();
  impl.members.put(account, kSelf, std::move(member), {});
  impl.show_role(std::move(role));
  impl.accounts.put(account, kSelf, std::move(record), std::move(raw));
  impl.renew_levels();
  co_return ok_status();
}

}  // namespace

bool Iam::Impl::is_closed(std::string_view account) const {
  auto member = members.find(account, kSelf);
  return member && member->value.closed_ms != 0;
}

const std::string& Iam::management_account() const { return impl_->deps.first_account; }

Task<Result<AccountCreation>> Iam::create_account(NewAccount request, audit::Draft& draft) {
  CO_TRY_OK(check_tags(request.tags));
  const std::string& first = impl_->deps.first_account;
  CreationRecord record{.id = "car-" + hex(impl_->deps.random.bytes(16)),
                        .name = request.name,
                        .email = request.email,
                        .requested_ms = impl_->deps.clock.business_ms()};
  CO_TRY_OK(co_await impl_->change(first, &draft, [&](const AccountRecord&) -> Result<Change> {
    record.failure.clear();
    if (is_taken(*impl_, request.email)) record.failure = "EMAIL_ALREADY_EXISTS";
    if (impl_->accounts.scopes().size() >= kAccountsMax) record.failure = "ACCOUNT_LIMIT_EXCEEDED";
    record.account = record.failure.empty() ? draw_account(*impl_) : "";
    return Change{.puts = {{creation_row(record.id), encode(record)}}, .publish = [this, record] {
                    impl_->creations.put(impl_->deps.first_account, record.id, record, {});
                  }};
  }));
  if (record.failure.empty())
    CO_TRY_OK(co_await make_member(*impl_, record.account, std::move(request)));
  co_return creation_of(*impl_, record);
}

Result<AccountCreation> Iam::account_creation(std::string_view id) const {
  auto found = impl_->creations.find(impl_->deps.first_account, id);
  if (!found)
    return Error{"CreateAccountStatusNotFoundException",
                 "We can't find a create account request with the CreateAccountRequestId that you "
                 "specified."};
  return creation_of(*impl_, found->value);
}

std::vector<AccountCreation> Iam::account_creations() const {
  std::vector<AccountCreation> out;
  for (const auto& [_, found] : impl_->creations.list(impl_->deps.first_account, "", SIZE_MAX))
    out.push_back(creation_of(*impl_, found->value));
  return out;
}

Result<Account> Iam::account(std::string_view id) const {
  auto head = impl_->accounts.find(id, kSelf);
  if (!head)
    return Error{"AccountNotFoundException", "You specified an account that doesn't exist."};
  Account out{.id = std::string(id),
              .name = std::string(kFirstName),
              .email = std::string(kFirstEmail),
              .joined_ms = head->value.created_ms};
  if (auto member = impl_->members.find(id, kSelf)) {
    out.name = member->value.name;
    out.email = member->value.email;
    out.active = member->value.closed_ms == 0;
    out.tags = member->value.tags;
  }
  return out;
}

std::vector<Account> Iam::organization_accounts() const {
  std::vector<Account> out;
  for (const std::string& id : accounts())
    if (auto found = account(id); found.ok()) out.push_back(*std::move(found));
  return out;
}

Task<Status> Iam::close_account(std::string id, audit::Draft& draft) {
  CO_TRY_OK(account(id));
  if (id == impl_->deps.first_account)
    co_return Error{"ConstraintViolationException", "You can't close the management account."}.with(
        "Reason", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
  co_return co_await impl_->change(id, &draft, [&](const AccountRecord& head) -> Result<Change> {
    if (impl_->is_closed(id))
      return Error{"AccountAlreadyClosedException",
                   "You attempted to close an account that is already closed."};
    auto before = impl_->members.find(id, kSelf);
    MemberRecord member = before ? before->value : MemberRecord{};
    member.closed_ms = impl_->deps.clock.business_ms();
    return Change{.puts = {{std::string(kMemberRow), encode(member)}},
                  .publish = [this, id, head, member] {
                    impl_->show(id, LoadedAccount{.record = head, .member = member});
                  }};
  });
}

}  // namespace coffer::iam
