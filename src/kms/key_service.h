#pragma once
// KeyService is the key management service: the KMS keys of every account, their aliases and
// policies, and what is encrypted under them. Records lie sealed in the store
// (docs/formats/kms_records.md) and open in memory; a key's use takes no I/O but its record.
//
// Two ways lead in. Operations of the KMS API bring an authorization that the dispatcher made and
// records: they find, demand_of, then change or use. S3 comes by DataKeys, which decides and
// records inside. Both use one core: check_state, then kms/envelope.h.
//
// Threads: any. Changes of one key take turns; readers see a change once it is durable.
// Source: KMS API Reference; KMS Developer Guide.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audit/log.h"
#include "authz/context.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "base/turns.h"
#include "kms/asymmetric.h"
#include "kms/data_keys.h"
#include "kms/key.h"
#include "kms/records.h"
#include "kms/target.h"
#include "kms/writers.h"
#include "seal/domain_keys.h"
#include "store/meta_store.h"
#include "store/record_map.h"

namespace coffer::kms {

// NewKey is what CreateKey was asked for, its bounds checked by its shape.
struct NewKey {
  std::optional<std::string> policy;  // empty: the default
  std::string description;
  std::map<std::string, std::string> tags;
  bool bypass_lockout_check = false;
  std::string spec = std::string(kSymmetricSpec), usage = "ENCRYPT_DECRYPT";  // suite_of knows them
  bool multi_region = false;  // a primary key, so far without replicas
};

class KeyService : public DataKeys {
 public:
  struct Deps {
    store::MetaStore& meta;
    seal::DomainKeys& keys;
    audit::Log& audit;
    Clock& clock;
    Random& random;
    WorkPool& pool;
    const authz::PrincipalDirectory& principals;
    std::string region;                     // of this server
    std::vector<std::string> more_regions;  // names that KMS also serves
  };
  explicit KeyService(Deps deps);
  ~KeyService() override;

  // load reads every record. Errors: a record that does not open; the server must not serve without
  // it.
  Task<Status> load();
  // reset forgets every record. Test mode, after the store was emptied.
  void reset();

  // ---- What an identifier means. Reads memory alone.

  // find answers the target of `identifier` for this caller. Errors: identifiers that name nothing
  // by their form.
  Result<Target> find(const authz::RequestContext& caller, std::string_view identifier,
                      Names names) const;
  // find_by_ciphertext answers the key that `blob` was made under. Error:
  // InvalidCiphertextException, the blob is not ours.
  Result<Target> find_by_ciphertext(const authz::RequestContext& caller, ByteView blob) const;
  // find_alias answers an alias of the caller's account, nullopt where there is none.
  std::optional<Alias> find_alias(std::string_view account, std::string_view region,
                                  std::string_view name) const;
  std::vector<KeyPtr> list_keys(std::string_view account, std::string_view region,
                                std::string_view after, size_t max) const;
  std::vector<Alias> list_aliases(std::string_view account, std::string_view region,
                                  std::string_view after, size_t max) const;
  std::vector<std::string> aliases_of(const Key& key) const;

  // made answers the target's key; an aws/s3 key that is not made yet is made now. Call it once the
  // use is authorized. Error: the target's `missing`.
  Task<Result<KeyPtr>> made(Target target);

  // ---- Changes. Each is one commit, which carries the draft's row.

  Task<Result<KeyPtr>> create_key(authz::RequestContext caller, NewKey wanted, audit::Draft& draft);
  // change applies `edit` to the key's present record and commits it; again where another change
  // came between. An error of `edit` is the answer, with nothing changed. An edit is pure: see
  // kms/lifecycle.h.
  using Edit = std::function<Status(Key&)>;
  Task<Result<KeyPtr>> change(Target target, Edit edit, audit::Draft* draft);
  // put_policy validates, binds principals to their unique IDs, and checks that the caller does not
  // lock itself out.
  Task<Result<KeyPtr>> put_policy(authz::RequestContext caller, Target target, std::string text,
                                  bool bypass_lockout_check, audit::Draft& draft);
  // rotate gives the key a new current backing key.
  Task<Result<KeyPtr>> rotate(Target target, RotationKind kind, audit::Draft* draft);

  // Aliases of the target's account and Region. `known` is the alias that the decision was made on.
  Task<Result<Alias>> create_alias(Target target, std::string name, audit::Draft& draft);
  Task<Result<Alias>> update_alias(Target target, Alias known, audit::Draft& draft);
  Task<Status> delete_alias(std::string account, std::string region, Alias known,
                            audit::Draft& draft);

  // ---- Grants of a key, in byte order of their IDs; docs/formats/kms_records.md.

  // create_grant adds the grant, or answers the one of the same name that is alike. Fills the ID,
  // the date and what the principals are bound to. Errors: InvalidArnException,
  // ValidationException, LimitExceededException, and those of the key's state.
  Task<Result<GrantPtr>> create_grant(Target target, GrantRecord wanted, audit::Draft& draft);
  // check_new_grant is what create_grant would answer, with nothing changed.
  Status check_new_grant(const Key& key, GrantRecord& wanted) const;
  // end_grant takes a grant away. Error: NotFoundException.
  Task<Status> end_grant(Target target, std::string grant_id, audit::Draft& draft);
  // grant_of_token answers the key and the grant that a token names.
  // Error: InvalidGrantTokenException.
  Result<std::pair<KeyPtr, GrantPtr>> grant_of_token(std::string_view token) const;
  // retirable_grants lists the grants of an account's keys that `principal` may retire, of names
  // "KEY-ID/GRANT-ID" after `after`.
  std::vector<std::pair<KeyPtr, GrantPtr>> retirable_grants(std::string_view account,
                                                            std::string_view region,
                                                            std::string_view principal,
                                                            std::string_view after,
                                                            size_t max) const;

  // ---- What time brings. Called by background work; each may be repeated and resumed.

  // delete_due destroys the keys whose waiting period is over: backing keys, aliases, policy; a
  // tombstone remains. Answers how many.
  Task<Result<size_t>> delete_due();
  // rotate_due rotates the enabled keys whose automatic rotation is due. Answers how many.
  Task<Result<size_t>> rotate_due();
  // closing_due tells that a domain key which could still open a destroyed backing key lives;
  // close_epoch then ends it: every surviving record moves under a new domain key, and the earlier
  // ones are destroyed.
  bool closing_due() const;
  Task<Status> close_epoch();

  // ---- DataKeys

  std::string effective_arn(const authz::RequestContext& caller,
                            std::string_view identifier) const override;
  Task<Result<DataKey>> generate_data_key(const authz::RequestContext& via, std::string identifier,
                                          EncryptionContext context) override;
  Task<Result<Secret>> decrypt(const authz::RequestContext& via, std::string key_arn,
                               Bytes ciphertext, EncryptionContext context) override;
  Task<Result<DataKey>> bucket_key(const authz::RequestContext& via, std::string identifier,
                                   EncryptionContext context, Bytes stored) override;
  Result<Held> authorize_cached(const authz::RequestContext& via, KeyAction action,
                                const HeldKey& held) override;
  uint64_t generation(std::string_view key_arn) const override;

  // copy_to_owner records a successful use of another account's key in the owner's trail too;
  // `event` is the caller's own record, which gets the shared ID. Nothing where the key is the
  // caller's.
  Task<Status> copy_to_owner(audit::Event& event, std::string caller_account, KeyPtr key);

  // new_key_pair makes a key pair that belongs to no KMS key. RSA keys are made one at a time: they
  // take a second of a thread of the pool, which others need.
  Task<KeyPair> new_key_pair(std::string spec);

  Random& random() const { return deps_.random; }
  Secret draw(size_t bytes) const;  // random bytes, straight into locked memory
  Clock& clock() const { return deps_.clock; }
  WorkPool& pool() const { return deps_.pool; }
  // serves tells whether KMS has this Region here.
  bool serves(std::string_view region) const;

 private:
  struct DataKeyCall;  // one call of DataKeys on its way
  using KeyMap = store::RecordMap<Key>;
  using AliasMap = store::RecordMap<Alias>;

  // key_load.cc
  Task<Status> load_partition(store::Partition in);
  Status take_alias(const RowPlace& place, Bytes raw);
  Result<std::shared_ptr<const authz::Policy>> compiled(
      const std::string& text, const std::map<std::string, std::string>& bindings);
  Result<Key> read_key(const RowPlace& place, const KeyRows& rows);
  Task<Result<KeyMap::Ptr>> reread(RowPlace place);          // null: the key is gone
  Task<Result<AliasMap::Ptr>> reread_alias(RowPlace place);  // null: the alias is gone

  // key_change.cc
  enum class Outcome : uint8_t { kApplied, kAgain };
  Task<Result<Outcome>> commit(store::Batch batch, std::string guard, std::optional<Bytes> written,
                               audit::Draft* draft);
  Task<Result<KeyPtr>> store_new(Key key, std::optional<Alias> alias, audit::Draft* draft);
  Task<Result<KeyPtr>> change_in_turn(RowPlace place, KeyPtr judged, Edit edit,
                                      audit::Draft* draft);
  Task<Result<KeyPtr>> make_managed(KeyPtr wanted);
  Material new_material(RotationKind kind) const;  // of a symmetric key
  Task<Material> first_material(std::string spec);

  // key_grants.cc
  Task<Result<std::vector<std::shared_ptr<const authz::Grant>>>> read_grants(RowPlace place);
  Task<Result<KeyMap::Ptr>> drop_grants(RowPlace place, KeyMap::Ptr key);
  Task<Status> reseal_grants(RowPlace place, uint32_t epoch);

  // aliases.cc
  AliasMap::Ptr alias_entry(const RowPlace& place) const;
  void publish_alias(const RowPlace& place, std::optional<Alias> after, Bytes raw);
  Task<Result<Alias>> put_alias(RowPlace place, AliasMap::Ptr before, Target target,
                                audit::Draft& draft);

  // key_upkeep.cc
  Task<Result<bool>> destroy_in_turn(RowPlace place);
  Task<Result<bool>> rotate_in_turn(KeyPtr key);
  Task<Status> reseal_all(uint32_t epoch);
  Task<Status> reseal_key(RowPlace place, uint32_t epoch);
  Task<Status> reseal_alias(RowPlace place, uint32_t epoch);
  Task<Status> reseal_tombstone(RowPlace place, uint32_t epoch);
  Task<Status> nothing_before(uint32_t epoch);
  audit::Draft service_event(std::string_view name, const Key& key) const;

  // key_lookup.cc
  Target target_of(const Identifier& identifier, std::string_view caller_account) const;
  KeyPtr prospect(std::string_view account, std::string_view region) const;
  std::shared_ptr<const std::vector<std::string>> alias_names(const Key& key) const;  // or null
  KeyPtr key_of_arn(std::string_view key_arn) const;  // null: no such key, or no key's ARN
  Status judge(const authz::RequestContext& via, const Target& target, std::string_view operation,
               const EncryptionContext& context, std::vector<authz::Decision>& decisions) const;

  // data_keys.cc
  DataKeyCall begin(const authz::RequestContext& via, std::string_view operation,
                    EncryptionContext context) const;
  Task<Result<KeyPtr>> admit(DataKeyCall& call, Result<Target> target);
  Task<Error> refuse(DataKeyCall& call, Error error);
  Task<Status> record(DataKeyCall& call, KeyPtr key, Hash256 material);

  Deps deps_;
  KeyMap keys_;                                            // scope "ACCOUNT/REGION"
  AliasMap aliases_;                                       // the same
  store::RecordMap<std::vector<std::string>> aliases_of_;  // key ID -> alias names
  store::RecordMap<Tombstone> tombstones_;
  Turns turns_;
  Writers writers_;
  std::atomic<bool> closing_{false};
  mutable std::mutex mutex_;  // the three below, and read-modify-write of aliases_of_
  std::map<std::string, std::weak_ptr<const authz::Policy>, std::less<>>
      policies_;                                                  // by text and bindings
  mutable std::map<std::string, KeyPtr, std::less<>> prospects_;  // by scope
};

}  // namespace coffer::kms
