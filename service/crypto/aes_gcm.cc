#include "service/crypto/aes_gcm.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {
namespace {

// Frees and wipes: the context holds the key's schedule.
struct CipherContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextDeleter>;

// OpenSSL takes lengths as int.
constexpr std::size_t kMaxBytes = std::numeric_limits<int>::max() - kGcmTagBytes;

const unsigned char* Bytes(absl::string_view text) {
  // A null pointer would stand for something else.
  return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

unsigned char* Bytes(char* data) { return reinterpret_cast<unsigned char*>(data); }

absl::Status CheckLengths(absl::string_view key, absl::string_view nonce,
                          absl::string_view additional, absl::string_view data) {
  if (key.size() != kAes256KeyBytes || nonce.size() != kGcmNonceBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("AES-256-GCM: key and nonce have ", kAes256KeyBytes, " and ", kGcmNonceBytes,
                     " bytes, got ", key.size(), " and ", nonce.size()));
  }
  const std::size_t longest = std::max(additional.size(), data.size());
  if (longest > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("AES-256-GCM: at most ", kMaxBytes, " bytes, got ", longest));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> AesGcmSeal(absl::string_view key, absl::string_view nonce,
                                       absl::string_view additional, absl::string_view plaintext) {
  if (absl::Status status = CheckLengths(key, nonce, additional, plaintext); !status.ok()) {
    return status;
  }
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string sealed(plaintext.size() + kGcmTagBytes, '\0');
  unsigned char* const out = Bytes(sealed.data());
  int length = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) !=
          1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &length, Bytes(additional),
                        static_cast<int>(additional.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), out, &length, Bytes(plaintext),
                        static_cast<int>(plaintext.size())) != 1 ||
      static_cast<std::size_t>(length) != plaintext.size() ||
      EVP_EncryptFinal_ex(context.get(), out + length, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes,
                          out + plaintext.size()) != 1) {
    return OpensslError("AES-256-GCM");
  }
  return sealed;
}

absl::StatusOr<secrets::WipedBytes> AesGcmOpen(absl::string_view key, absl::string_view nonce,
                                               absl::string_view additional,
                                               absl::string_view sealed) {
  if (absl::Status status = CheckLengths(key, nonce, additional, sealed); !status.ok()) {
    return status;
  }
  if (sealed.size() < kGcmTagBytes) return absl::DataLossError("AES-256-GCM: there is no tag");
  const absl::string_view ciphertext = sealed.substr(0, sealed.size() - kGcmTagBytes);
  std::string tag(sealed.substr(ciphertext.size()));
  const CipherContext context(EVP_CIPHER_CTX_new());
  // Room for the byte that a pointer must have to point at.
  secrets::WipedBytes plaintext(ciphertext.size() + 1);
  unsigned char* const out = Bytes(plaintext.data());
  int length = 0;
  if (context == nullptr ||
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) !=
          1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &length, Bytes(additional),
                        static_cast<int>(additional.size())) != 1 ||
      EVP_DecryptUpdate(context.get(), out, &length, Bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) != 1 ||
      static_cast<std::size_t>(length) != ciphertext.size() ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) != 1) {
    return OpensslError("AES-256-GCM");
  }
  if (EVP_DecryptFinal_ex(context.get(), out + length, &length) != 1) {
    ERR_clear_error();
    return absl::DataLossError("AES-256-GCM: the tag does not fit");
  }
  plaintext.resize(ciphertext.size());
  return plaintext;
}

}  // namespace sessionbroker::crypto
