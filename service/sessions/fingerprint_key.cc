#include "service/sessions/fingerprint_key.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "service/base/status_macros.h"
#include "service/crypto/hmac.h"
#include "service/sessions/record_layout.h"

namespace sessionbroker::sessions {
namespace {

constexpr char kFingerprintKeyName[] = "keys/fingerprint";
constexpr std::size_t kFingerprintKeyBytes = 32;
constexpr RecordLayout kFingerprintKeyLayout = {"fingerprint-key", 1};
// How the rest of the record begins.
constexpr char kKeyInTheClear[] = "clear\n";
constexpr char kKeySealed[] = "sealed\n";

std::string PlaceOfFingerprintKey() { return crypto::PlaceOf({"keys", "fingerprint"}); }

// For those who have lost what opens it.
constexpr char kWithoutTheKey[] =
    ". To go on without it, so that accounts whose credentials were refused are tried once more: "
    "sqlite3 durable.db \"DELETE FROM entry WHERE key = CAST('keys/fingerprint' AS BLOB)\"";

absl::Status KeyError(const absl::Status& why, absl::string_view advice) {
  return absl::Status(why.code(), absl::StrCat("the broker's key for fingerprints, in durable.db, "
                                               "cannot be read: ",
                                               why.message(), advice, kWithoutTheKey));
}

bool LiesAsItShould(absl::string_view record, const std::optional<crypto::SealingKeys>& keys) {
  const bool sealed = TakeLayoutLine(kFingerprintKeyLayout, &record).ok() &&
                      absl::ConsumePrefix(&record, kKeySealed);
  return keys.has_value() ? sealed && keys->IsSealedWithFirst(record) : !sealed;
}

}  // namespace

void FingerprintKey::LoadOrMake(storage::Store* durable,
                                const std::optional<crypto::SealingKeys>& keys,
                                crypto::RandomSource* random, LoadCallback done) {
  durable->Get(
      kFingerprintKeyName, [durable, keys, random, done = std::move(done)](
                               absl::StatusOr<std::optional<storage::Entry>> found) mutable {
        if (!found.ok()) {
          done(found.status());
          return;
        }
        const bool is_there = found->has_value();
        absl::StatusOr<FingerprintKey> key = is_there ? Read((*found)->value, keys) : Make(*random);
        if (!key.ok() || (is_there && LiesAsItShould((*found)->value, keys))) {
          done(std::move(key));
          return;
        }
        absl::StatusOr<std::string> record = key->Write(keys, *random);
        if (!record.ok()) {
          done(record.status());
          return;
        }
        const int64_t revision = is_there ? (*found)->revision : 0;
        durable->Commit({.conditions = {{kFingerprintKeyName, revision}},
                         .writes = {{kFingerprintKeyName, *std::move(record)}}},
                        [durable, keys, random, key = std::move(key), done = std::move(done)](
                            const absl::StatusOr<storage::CommitResult>& result) mutable {
                          if (!result.ok()) {
                            done(result.status());
                          } else if (!result->committed) {
                            // Another process was faster: what counts is what lies there.
                            LoadOrMake(durable, keys, random, std::move(done));
                          } else {
                            done(std::move(key));
                          }
                        });
      });
}

absl::StatusOr<secrets::WipedBytes> FingerprintKey::Mac(absl::string_view message) const {
  return crypto::Hmac(crypto::DigestAlgorithm::kSha256, secrets::View(bytes_), message);
}

absl::StatusOr<FingerprintKey> FingerprintKey::Make(crypto::RandomSource& random) {
  secrets::WipedBytes bytes(kFingerprintKeyBytes);
  SB_RETURN_IF_ERROR(random.Fill(absl::MakeSpan(bytes.data(), bytes.size())));
  return FingerprintKey(std::move(bytes));
}

absl::StatusOr<FingerprintKey> FingerprintKey::Read(
    absl::string_view record, const std::optional<crypto::SealingKeys>& keys) {
  if (absl::Status layout = TakeLayoutLine(kFingerprintKeyLayout, &record); !layout.ok()) {
    return KeyError(layout, absl::IsDataLoss(layout) ? "; restore the state directory" : "");
  }
  secrets::WipedBytes bytes;
  if (absl::ConsumePrefix(&record, kKeySealed)) {
    if (!keys.has_value()) {
      return KeyError(absl::FailedPreconditionError("it is sealed"),
                      "; put the key that sealed it back under sealing_keys");
    }
    absl::StatusOr<secrets::WipedBytes> opened = keys->Open(record, PlaceOfFingerprintKey());
    if (!opened.ok()) {
      return KeyError(opened.status(), absl::IsFailedPrecondition(opened.status())
                                           ? "; put it back under sealing_keys"
                                           : "; restore the state directory");
    }
    bytes = *std::move(opened);
  } else if (absl::ConsumePrefix(&record, kKeyInTheClear)) {
    secrets::Append(record, bytes);
  }
  if (bytes.size() != kFingerprintKeyBytes) {
    return KeyError(absl::DataLossError("it is damaged"), "; restore the state directory");
  }
  return FingerprintKey(std::move(bytes));
}

absl::StatusOr<std::string> FingerprintKey::Write(const std::optional<crypto::SealingKeys>& keys,
                                                  crypto::RandomSource& random) const {
  const std::string layout = LayoutLine(kFingerprintKeyLayout);
  if (!keys.has_value()) return absl::StrCat(layout, kKeyInTheClear, secrets::View(bytes_));
  SB_ASSIGN_OR_RETURN(const std::string sealed,
                      keys->Seal(secrets::View(bytes_), PlaceOfFingerprintKey(), random));
  return absl::StrCat(layout, kKeySealed, sealed);
}

}  // namespace sessionbroker::sessions
