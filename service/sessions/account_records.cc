#include "service/sessions/account_records.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/sessions/session_record.h"

namespace sessionbroker::sessions {
namespace {

constexpr char kSessionPrefix[] = "session/";
constexpr char kAccountPrefix[] = "account/";

using Entries = absl::StatusOr<std::vector<storage::Entry>>;
using Found = absl::StatusOr<std::optional<storage::Entry>>;

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

void AccountRecords::LoadAll(PageCallback each, SaveCallback done) {
  LoadPages(options_.durable, kAccountPrefix, "", &AccountRecords::ReadRemembered, each,
            [this, each, done = std::move(done)](absl::Status status) mutable {
              if (!status.ok() || options_.sessions == nullptr) return done(std::move(status));
              LoadPages(options_.sessions, kSessionPrefix, "", &AccountRecords::ReadSession,
                        std::move(each), std::move(done));
            });
}

void AccountRecords::LoadPages(storage::Store* store, absl::string_view prefix, std::string after,
                               Reader reader, PageCallback each, SaveCallback done) {
  store->List({.prefix = std::string(prefix), .after = std::move(after), .limit = options_.page},
              [this, store, prefix, reader, each = std::move(each),
               done = std::move(done)](Entries entries) mutable {
                if (!entries.ok()) return done(entries.status());
                const bool is_last = entries->size() < options_.page;
                // The store reads the next page while this one is opened.
                if (!is_last) {
                  LoadPages(store, prefix, entries->back().key, reader, each, std::move(done));
                }
                RestoredAccounts accounts;
                for (const storage::Entry& entry : *entries) {
                  const base::AccountId id = AccountOfKey(prefix, entry.key);
                  (this->*reader)(id, entry, &accounts[id]);
                }
                each(std::move(accounts));
                if (is_last) done(absl::OkStatus());
              });
}

void AccountRecords::Load(base::AccountIdView account, LoadCallback done) {
  const base::AccountId id = {std::string(account.provider), std::string(account.account)};
  options_.durable->Get(RecordKey(kAccountPrefix, id),
                        [this, id, done = std::move(done)](Found found) mutable {
                          if (!found.ok()) return done(found.status());
                          Restored restored;
                          if (found->has_value()) ReadRemembered(id, **found, &restored);
                          if (options_.sessions == nullptr) return done(std::move(restored));
                          options_.sessions->Get(RecordKey(kSessionPrefix, id),
                                                 [this, id, restored = std::move(restored),
                                                  done = std::move(done)](Found session) mutable {
                                                   if (!session.ok()) return done(session.status());
                                                   if (session->has_value())
                                                     ReadSession(id, **session, &restored);
                                                   done(std::move(restored));
                                                 });
                        });
}

void AccountRecords::ReadRemembered(const base::AccountId& id, const storage::Entry& entry,
                                    Restored* restored) {
  absl::StatusOr<Remembered> remembered = DecodeRemembered(entry.value, Now());
  absl::Status judgement;
  if (remembered.ok()) {
    restored->remembered = *std::move(remembered);
  } else {
    judgement = UnreadableError(id, "how the logins went", remembered.status(),
                                "; or restore durable.db in the state directory");
  }
  Judge(entry.key, std::move(judgement), restored);
}

void AccountRecords::ReadSession(const base::AccountId& id, const storage::Entry& entry,
                                 Restored* restored) {
  const crypto::SealingKeys* const keys = options_.keys.has_value() ? &*options_.keys : nullptr;
  absl::StatusOr<OpenedSession> opened = OpenSession(id, entry.value, Now(), keys);
  absl::Status judgement;
  if (opened.ok()) {
    restored->session = std::move(opened->session);
    restored->inputs = std::move(opened->inputs);
  } else {
    judgement = UnreadableError(id, "the session", opened.status(),
                                "; or move sessions.db out of the state directory: all accounts "
                                "then log in again");
  }
  Judge(entry.key, std::move(judgement), restored);
}

void AccountRecords::Judge(const std::string& key, absl::Status judgement, Restored* restored) {
  if (judgement.ok()) {
    unreadable_.erase(key);
    return;
  }
  unreadable_.insert_or_assign(key, judgement);
  restored->unreadable.Update(std::move(judgement));
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
