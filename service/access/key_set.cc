#include "service/access/key_set.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/crypto/base64.h"

namespace sessionbroker::access {
namespace {

using nlohmann::json;
using Algorithm = crypto::VerificationKey::Algorithm;

// Of a member that is text; empty where it is none.
std::string TextOf(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

// RFC 7518, 2 and 6: bytes in base64url.
absl::StatusOr<std::string> BytesOf(const json& key, const char* name) {
  const auto bytes = crypto::Base64Decode(TextOf(key, name), crypto::Base64Alphabet::kUrl);
  if (bytes.ok() && !bytes->empty()) return std::string(bytes->begin(), bytes->end());
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is no base64url text"));
}

// What the key is for, or nothing: it is to be passed over.
std::optional<Algorithm> AlgorithmOf(const json& key) {
  const std::string type = TextOf(key, "kty");
  const std::string use = TextOf(key, "use");
  const std::string algorithm = TextOf(key, "alg");
  if (!use.empty() && use != "sig") return std::nullopt;
  if (type == "RSA" && (algorithm.empty() || algorithm == "RS256")) return Algorithm::kRs256;
  const bool is_p256 = type == "EC" && TextOf(key, "crv") == "P-256";
  if (is_p256 && (algorithm.empty() || algorithm == "ES256")) return Algorithm::kEs256;
  return std::nullopt;
}

absl::StatusOr<crypto::VerificationKey> KeyOf(const json& key, Algorithm algorithm) {
  if (key.contains("d")) {
    return absl::InvalidArgumentError("it holds a private key, which the issuer alone may have");
  }
  if (algorithm == Algorithm::kRs256) {
    SB_ASSIGN_OR_RETURN(const std::string modulus, BytesOf(key, "n"));
    SB_ASSIGN_OR_RETURN(const std::string exponent, BytesOf(key, "e"));
    return crypto::VerificationKey::Rsa(modulus, exponent);
  }
  SB_ASSIGN_OR_RETURN(const std::string x, BytesOf(key, "x"));
  SB_ASSIGN_OR_RETURN(const std::string y, BytesOf(key, "y"));
  return crypto::VerificationKey::P256(x, y);
}

}  // namespace

absl::StatusOr<KeySet> KeySet::FromJson(absl::string_view text) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", text.size(), " bytes, at most ", kMaxBytes, " are allowed"));
  }
  const json set = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
    return absl::InvalidArgumentError("not a JSON Web Key Set: an object with an array \"keys\"");
  }
  if (set["keys"].size() > kMaxKeys) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", set["keys"].size(), " keys, at most ", kMaxKeys, " are allowed"));
  }
  std::map<std::string, crypto::VerificationKey> keys;
  for (std::size_t i = 0; i < set["keys"].size(); ++i) {
    const json& key = set["keys"][i];
    const auto wrong = [i](absl::string_view why) {
      return absl::InvalidArgumentError(absl::StrCat("keys[", i, "]: ", why));
    };
    if (!key.is_object()) return wrong("not an object");
    const std::optional<Algorithm> algorithm = AlgorithmOf(key);
    if (!algorithm.has_value()) continue;
    absl::StatusOr<crypto::VerificationKey> made = KeyOf(key, *algorithm);
    if (!made.ok()) return wrong(made.status().message());
    if (!keys.emplace(TextOf(key, "kid"), *std::move(made)).second) {
      return wrong("another key has its \"kid\"");
    }
  }
  if (keys.empty()) return absl::InvalidArgumentError("no key for RS256 or ES256 in it");
  if (keys.size() > 1 && keys.contains("")) {
    return absl::InvalidArgumentError("of several keys each must have a \"kid\"");
  }
  return KeySet(std::move(keys));
}

const crypto::VerificationKey* KeySet::Find(absl::string_view kid) const {
  if (kid.empty()) return keys_.size() == 1 ? &keys_.begin()->second : nullptr;
  const auto found = keys_.find(std::string(kid));
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace sessionbroker::access
