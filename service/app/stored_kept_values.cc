#include "service/app/stored_kept_values.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/random.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::app {
namespace {

using base::MakeError;
using base::Reason;

// How an entry's value begins.
constexpr char kClear[] = "clear\n";
constexpr char kSealed[] = "sealed\n";

constexpr char kSecretGrade[] = "secret";

// Neither provider nor account has a slash.
std::string StoreKeyOf(const login::KeptKey& key) {
  return absl::StrCat("kept/", key.account.provider, "/", key.account.account, "/", key.binding);
}

std::string PlaceOf(const login::KeptKey& key) {
  return crypto::PlaceOf({"kept", key.account.provider, key.account.account, key.binding});
}

// As netstrings: name, value and grade of each, all that there is.
secrets::WipedBytes Encode(const login::KeptValues::Values& values) {
  secrets::WipedBytes out;
  const auto append = [&out](absl::string_view text) {
    secrets::Append(absl::StrCat(text.size(), ":"), out);
    secrets::Append(text, out);
  };
  for (const auto& [name, kept] : values) {
    append(name);
    append(kept.value.Reveal(secrets::RevealToken::Issue()));
    append(kept.secret ? kSecretGrade : "");
  }
  return out;
}

std::optional<login::KeptValues::Values> Decode(absl::string_view record) {
  const auto parts = crypto::PartsOf(record);
  if (!parts.has_value() || parts->size() % 3 != 0) return std::nullopt;
  login::KeptValues::Values values;
  for (std::size_t i = 0; i < parts->size(); i += 3) {
    values[std::string((*parts)[i])] = {secrets::Secret((*parts)[i + 1]),
                                        (*parts)[i + 2] == kSecretGrade};
  }
  return values;
}

absl::Status Unreadable(const login::KeptKey& key, absl::string_view why) {
  return MakeError(
      Reason::kStoreUnavailable,
      absl::StrCat("what the account ", key.account.ToString(),
                   " keeps between logins cannot be read and was left as it is: ", why));
}

}  // namespace

void StoredKeptValues::Load(const login::KeptKey& key, LoadCallback done) {
  store_->Get(StoreKeyOf(key), [this, key, done = std::move(done)](
                                   absl::StatusOr<std::optional<storage::Entry>> entry) mutable {
    absl::StatusOr<Values> values = Values();
    if (!entry.ok()) {
      values = entry.status();
    } else if (entry->has_value()) {
      values = Read(key, (*entry)->value);
    }
    if (values.ok()) {
      const base::MutexLock lock(&mutex_);
      const auto held = in_memory_.find(key);
      if (held != in_memory_.end()) values->insert(held->second.begin(), held->second.end());
    }
    std::move(done)(std::move(values));
  });
}

void StoredKeptValues::Store(const login::KeptKey& key, Values values, StoreCallback done) {
  if (!keys_.has_value()) HoldBack(key, &values);
  storage::Write write = {StoreKeyOf(key), std::nullopt};
  if (!values.empty()) {
    absl::StatusOr<std::string> record = Write(key, values);
    if (!record.ok()) {
      scheduler_->Post([done = std::move(done), status = record.status()]() mutable {
        std::move(done)(std::move(status));
      });
      return;
    }
    write.value = *std::move(record);
  }
  store_->Commit(
      {.conditions = {}, .writes = {std::move(write)}},
      [done = std::move(done)](const absl::StatusOr<storage::CommitResult>& result) mutable {
        std::move(done)(result.status());
      });
}

absl::StatusOr<login::KeptValues::Values> StoredKeptValues::Read(const login::KeptKey& key,
                                                                 absl::string_view record) const {
  std::optional<Values> values;
  if (absl::ConsumePrefix(&record, kClear)) {
    values = Decode(record);
  } else if (absl::ConsumePrefix(&record, kSealed)) {
    if (!keys_.has_value()) {
      return Unreadable(key, "it is sealed; put the key that sealed it back under sealing_keys");
    }
    const absl::StatusOr<secrets::WipedBytes> opened = keys_->Open(record, PlaceOf(key));
    if (absl::IsFailedPrecondition(opened.status())) {
      return Unreadable(
          key, absl::StrCat(opened.status().message(), "; put it back under sealing_keys"));
    }
    if (!opened.ok()) {
      return Unreadable(key,
                        absl::StrCat(opened.status().message(), "; restore the state directory"));
    }
    values = Decode(secrets::View(*opened));
  }
  if (!values.has_value()) {
    return Unreadable(key, "it has a form that this version does not know");
  }
  return *std::move(values);
}

absl::StatusOr<std::string> StoredKeptValues::Write(const login::KeptKey& key,
                                                    const Values& values) const {
  const secrets::WipedBytes encoded = Encode(values);
  if (!keys_.has_value()) return absl::StrCat(kClear, secrets::View(encoded));
  SB_ASSIGN_OR_RETURN(const std::string sealed,
                      keys_->Seal(secrets::View(encoded), PlaceOf(key), crypto::SystemRandom()));
  return absl::StrCat(kSealed, sealed);
}

void StoredKeptValues::HoldBack(const login::KeptKey& key, Values* values) {
  Values held;
  for (auto it = values->begin(); it != values->end();) {
    if (!it->second.secret) {
      ++it;
      continue;
    }
    held.insert(*it);
    it = values->erase(it);
  }
  const base::MutexLock lock(&mutex_);
  in_memory_.erase(key);
  if (!held.empty()) in_memory_.emplace(key, std::move(held));
}

}  // namespace sessionbroker::app
