#ifndef SESSIONBROKER_SERVICE_CRYPTO_SEALING_H_
#define SESSIONBROKER_SERVICE_CRYPTO_SEALING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/crypto/random.h"
#include "service/secrets/secret.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::crypto {

// A key for AES-256-GCM with the name that records know it by. Immutable; copies share the key.
class SealingKey {
 public:
  // Of 32 bytes, written as 64 hex digits or in base64 (RFC 4648, section 4). INVALID_ARGUMENT for
  // anything else; the error tells nothing of the text.
  static absl::StatusOr<SealingKey> FromText(const secrets::Secret& text);

  // 16 hex digits: the first 8 bytes of an HMAC-SHA-256 under the key, which tell nothing of it.
  const std::string& id() const { return id_; }
  const secrets::Secret& bytes() const { return bytes_; }

 private:
  SealingKey(std::string id, secrets::Secret bytes)
      : id_(std::move(id)), bytes_(std::move(bytes)) {}

  std::string id_;
  secrets::Secret bytes_;
};

// What a record is and where it lies, as one text: equal for equal parts alone.
std::string PlaceOf(const std::vector<absl::string_view>& parts);

// What a record is made of, secrets too, on its way to be sealed: nothing here lets anybody read
// it.
class RecordParts {
 public:
  void Add(absl::string_view text);
  void Add(const secrets::Secret& secret);

 private:
  friend class SealingKeys;

  // As netstrings.
  secrets::WipedBytes bytes_;
};

// The parts of a record that was opened, as views into it. Nothing where it does not consist of
// such.
std::optional<std::vector<absl::string_view>> PartsOf(absl::string_view opened);

// Seals records with AES-256-GCM: whoever has them without the key can neither read nor change them
// unnoticed, nor put one in the place of another. What a place held before looks as good as what it
// holds now. A sealed record is
//   a byte 1, 8 bytes of the key's id, 12 random bytes of nonce, ciphertext, 16 bytes of tag.
// One key is good for 2^32 records (NIST SP 800-38D, section 8.3). Immutable, thread-safe.
class SealingKeys {
 public:
  // The first key seals, all of them open. INVALID_ARGUMENT for none, and for one that stands
  // twice.
  static absl::StatusOr<SealingKeys> Create(std::vector<SealingKey> keys);

  // INTERNAL where OpenSSL or `random` fails.
  absl::StatusOr<std::string> Seal(absl::string_view plaintext, absl::string_view place,
                                   RandomSource& random) const;
  absl::StatusOr<std::string> Seal(const RecordParts& parts, absl::string_view place,
                                   RandomSource& random) const;

  // Of each key, in their order.
  std::vector<std::string> ids() const;

  // `sealed` is what Seal would make now, as far as the key goes. False for what is no record.
  bool IsSealedWithFirst(absl::string_view sealed) const;

  //   FAILED_PRECONDITION  sealed with a key that is not here; the text has its id
  //   DATA_LOSS            no record of this form, damaged, or sealed for another place
  //   INTERNAL             OpenSSL fails
  absl::StatusOr<secrets::WipedBytes> Open(absl::string_view sealed, absl::string_view place) const;

 private:
  explicit SealingKeys(std::vector<SealingKey> keys) : keys_(std::move(keys)) {}

  std::vector<SealingKey> keys_;
};

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_SEALING_H_
