#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_RECORDS_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_RECORDS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/account_id.h"
#include "service/base/clock.h"
#include "service/base/scheduler.h"
#include "service/crypto/random.h"
#include "service/crypto/sealing.h"
#include "service/sessions/record_times.h"
#include "service/sessions/remembered.h"
#include "service/sessions/session.h"
#include "service/storage/store.h"

namespace sessionbroker::sessions {

// What there is of an account after a restart, or the part of it that one of the stores holds.
struct Restored {
  // Alive or expired; `encoded` is empty. Its times are on this boot's clock and never later than
  // they were meant.
  std::optional<Session> session;
  // What went by when it was saved, see SaveSession.
  std::string inputs;
  Remembered remembered;
  // Not OK (kStoreUnavailable): a record of this account cannot be read; the text says why and what
  // to do about it. The record stays as it is: what would overwrite it fails with the same.
  absl::Status unreadable;
};

using RestoredAccounts = std::map<base::AccountId, Restored>;

// What accounts must not forget when the process ends: their sessions, and how their logins went.
//
// A session lies under "session/PROVIDER/ACCOUNT", sealed for kind, provider, account and version,
// the version in the clear beside it; the rest under "account/PROVIDER/ACCOUNT", which no secret
// goes into. Each begins with its layout: a record of a later one is unreadable, as is one that is
// damaged, moved, or sealed with a key that is not here.
//
// A record has the times of both clocks. After a restart as much time counts as passed as the clock
// says by which more has: the wall clock, or, within one boot, CLOCK_BOOTTIME. Never less than
// none.
//
// All on the scheduler's thread, callbacks too, which never run inside the call. Saves of one
// account take effect in their order.
class AccountRecords {
 public:
  // Pointers outlive the records; nothing runs on the scheduler any more when the records go.
  struct Options {
    // Both call back on `scheduler`. Without `sessions`, or without `keys`, no session is kept.
    storage::Store* durable = nullptr;
    storage::Store* sessions = nullptr;
    base::Scheduler* scheduler = nullptr;
    const base::Clock* clock = nullptr;
    std::optional<crypto::SealingKeys> keys;
    // The same for as long as BootTime counts on; empty: not known, never the same.
    std::string boot_id;
    crypto::RandomSource* random = nullptr;
    // Records of one store that LoadAll has in memory at once, twice over; at least 1.
    std::size_t page = 1000;
  };
  using PageCallback = std::function<void(RestoredAccounts)>;
  using LoadCallback = absl::AnyInvocable<void(absl::StatusOr<Restored>)>;
  using SaveCallback = absl::AnyInvocable<void(absl::Status)>;

  explicit AccountRecords(Options options) : options_(std::move(options)) {}

  AccountRecords(const AccountRecords&) = delete;
  AccountRecords& operator=(const AccountRecords&) = delete;

  // Sessions outlast the process.
  bool KeepsSessions() const { return options_.sessions != nullptr && options_.keys.has_value(); }

  // Everything there is, a page at a time: there may be more of it than memory should hold twice.
  // `each` gets every account with a session, and every one that remembers something: one with both
  // comes twice, each time with one part. Then `done`. Before anything is saved. Fails as the
  // stores do.
  void LoadAll(PageCallback each, SaveCallback done);

  // All there is of one account, nothing included; a record that could not be read is tried anew.
  // Fails as the stores do.
  void Load(base::AccountIdView account, LoadCallback done);

  // `inputs` is what the login went by, e.g. the bytes of a Fingerprint; no secret. OK at once
  // where sessions are not kept. Fails as the store does, and with kInternal where it cannot be
  // sealed.
  void SaveSession(const SessionPtr& session, absl::string_view inputs, SaveCallback done);

  // Its version is forgotten too.
  void ForgetSession(base::AccountIdView account, SaveCallback done);

  // Where nothing is remembered any more the record goes.
  void SaveRemembered(base::AccountIdView account, const Remembered& remembered, SaveCallback done);

 private:
  Present Now() const;
  // What an entry of `store` says of an account.
  using Reader = void (AccountRecords::*)(const base::AccountId& id, const storage::Entry& entry,
                                          Restored* restored);
  void ReadRemembered(const base::AccountId& id, const storage::Entry& entry, Restored* restored);
  void ReadSession(const base::AccountId& id, const storage::Entry& entry, Restored* restored);
  // The pages of `store` behind the key `after`.
  void LoadPages(storage::Store* store, absl::string_view prefix, std::string after, Reader reader,
                 PageCallback each, SaveCallback done);
  // The record has been read, or must be left as it is.
  void Judge(const std::string& key, absl::Status judgement, Restored* restored);
  // Writes or, where there is no `value`, takes away, unless it must not be touched.
  void Save(storage::Store* store, std::string key, std::optional<std::string> value,
            SaveCallback done);
  void Answer(absl::Status status, SaveCallback done);

  const Options options_;
  // The keys of what must not be overwritten, and why.
  std::map<std::string, absl::Status> unreadable_;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_RECORDS_H_
