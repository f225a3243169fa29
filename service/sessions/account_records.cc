#include "service/sessions/account_records.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/sessions/session_record.h"

namespace sessionbroker::sessions {
namespace {

constexpr char kSessionPrefix[] = "session/";
constexpr char kAccountPrefix[] = "account/";

// Neither provider nor account has a slash.
std::string RecordKey(absl::string_view prefix, base::AccountIdView account) {
  return absl::StrCat(prefix, account.provider, "/", account.account);
}

base::AccountId AccountOfKey(absl::string_view prefix, absl::string_view key) {
  absl::ConsumePrefix(&key, prefix);
  const std::size_t slash = key.find('/');
  const absl::string_view account =
      slash == absl::string_view::npos ? absl::string_view() : key.substr(slash + 1);
  return {.provider = std::string(key.substr(0, slash)), .account = std::string(account)};
}

absl::Status UnreadableError(const base::AccountId& account, absl::string_view what,
                             const absl::Status& why, absl::string_view way_out) {
  return base::MakeError(
      base::Reason::kStoreUnavailable,
      absl::StrCat(what, " of ", account.ToString(),
                   " cannot be read and was left as it is: ", why.message(), way_out));
}

}  // namespace

void AccountRecords::LoadAll(LoadCallback done) {
  using Entries = absl::StatusOr<std::vector<storage::Entry>>;
  options_.durable->List(kAccountPrefix, [this, done = std::move(done)](Entries entries) mutable {
    if (!entries.ok()) {
      done(entries.status());
      return;
    }
    RestoredAccounts accounts;
    RestoreRemembered(*entries, &accounts);
    if (options_.sessions == nullptr) {
      done(std::move(accounts));
      return;
    }
    options_.sessions->List(kSessionPrefix, [this, accounts = std::move(accounts),
                                             done = std::move(done)](Entries sessions) mutable {
      if (!sessions.ok()) {
        done(sessions.status());
        return;
      }
      RestoreSessions(*std::move(sessions), &accounts);
      done(std::move(accounts));
    });
  });
}

void AccountRecords::RestoreRemembered(const std::vector<storage::Entry>& entries,
                                       RestoredAccounts* accounts) {
  const Present now = Now();
  for (const storage::Entry& entry : entries) {
    const base::AccountId id = AccountOfKey(kAccountPrefix, entry.key);
    Restored& restored = (*accounts)[id];
    absl::StatusOr<Remembered> remembered = DecodeRemembered(entry.value, now);
    if (remembered.ok()) {
      restored.remembered = *std::move(remembered);
    } else {
      Leave(entry.key,
            UnreadableError(id, "how the logins went", remembered.status(),
                            "; or restore durable.db in the state directory"),
            &restored);
    }
  }
}

void AccountRecords::RestoreSessions(std::vector<storage::Entry> entries,
                                     RestoredAccounts* accounts) {
  const Present now = Now();
  const crypto::SealingKeys* const keys = options_.keys.has_value() ? &*options_.keys : nullptr;
  for (storage::Entry& entry : entries) {
    const base::AccountId id = AccountOfKey(kSessionPrefix, entry.key);
    Restored& restored = (*accounts)[id];
    absl::StatusOr<OpenedSession> opened = OpenSession(id, entry.value, now, keys);
    if (opened.ok()) {
      restored.session = std::move(opened->session);
      restored.inputs = std::move(opened->inputs);
    } else {
      Leave(entry.key,
            UnreadableError(id, "the session", opened.status(),
                            "; or move sessions.db out of the state directory: all accounts then "
                            "log in again"),
            &restored);
    }
    // Many accounts: not twice in memory.
    entry = storage::Entry();
  }
}

void AccountRecords::Leave(const std::string& key, absl::Status why, Restored* restored) {
  unreadable_.emplace(key, why);
  restored->unreadable.Update(std::move(why));
}

void AccountRecords::SaveSession(const SessionPtr& session, absl::string_view inputs,
                                 SaveCallback done) {
  if (!KeepsSessions()) {
    Answer(absl::OkStatus(), std::move(done));
    return;
  }
  absl::StatusOr<std::string> record =
      SealSession(*session, inputs, Now(), *options_.keys, *options_.random);
  if (!record.ok()) {
    Answer(base::MakeError(base::Reason::kInternal, record.status().message()), std::move(done));
    return;
  }
  Save(options_.sessions, RecordKey(kSessionPrefix, session->id), *std::move(record),
       std::move(done));
}

void AccountRecords::ForgetSession(base::AccountIdView account, SaveCallback done) {
  if (options_.sessions == nullptr) {
    Answer(absl::OkStatus(), std::move(done));
    return;
  }
  Save(options_.sessions, RecordKey(kSessionPrefix, account), std::nullopt, std::move(done));
}

void AccountRecords::SaveRemembered(base::AccountIdView account, const Remembered& remembered,
                                    SaveCallback done) {
  std::optional<std::string> record;
  if (!IsNothing(remembered)) record = EncodeRemembered(remembered, Now());
  Save(options_.durable, RecordKey(kAccountPrefix, account), std::move(record), std::move(done));
}

Present AccountRecords::Now() const {
  return {.wall = options_.clock->WallNow(),
          .boot = options_.clock->BootNow(),
          .boot_id = options_.boot_id};
}

void AccountRecords::Save(storage::Store* store, std::string key, std::optional<std::string> value,
                          SaveCallback done) {
  if (const auto it = unreadable_.find(key); it != unreadable_.end()) {
    Answer(it->second, std::move(done));
    return;
  }
  store->Commit(
      {.conditions = {}, .writes = {{std::move(key), std::move(value)}}},
      [done = std::move(done)](const absl::StatusOr<storage::CommitResult>& result) mutable {
        done(result.status());
      });
}

void AccountRecords::Answer(absl::Status status, SaveCallback done) {
  options_.scheduler->Post(
      [status = std::move(status), done = std::move(done)]() mutable { done(std::move(status)); });
}

}  // namespace sessionbroker::sessions
