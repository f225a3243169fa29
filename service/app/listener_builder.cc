#include "service/app/listener_builder.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/access/certificate_verifier.h"
#include "service/access/key_set.h"
#include "service/access/token_verifier.h"
#include "service/app/tls_material.h"
#include "service/base/status_macros.h"
#include "service/config/text_file.h"
#include "service/crypto/certificate.h"
#include "service/secrets/secret_file.h"

namespace sessionbroker::app {
namespace {

// Far above any chain.
constexpr std::size_t kMaxCertificateBytes = 1 << 20;

// Each tells what the file holds.
absl::StatusOr<crypto::CertificateAuthorities> ReadAuthorities(const std::string& file,
                                                               std::string* read) {
  SB_ASSIGN_OR_RETURN(const std::string pem, config::ReadTextFile(file, kMaxCertificateBytes));
  *read = pem;
  return crypto::CertificateAuthorities::FromPem(pem);
}

absl::StatusOr<access::KeySet> ReadKeySet(const std::string& file, std::string* read) {
  SB_ASSIGN_OR_RETURN(const std::string json,
                      config::ReadTextFile(file, access::KeySet::kMaxBytes));
  *read = json;
  return access::KeySet::FromJson(json);
}

// Builds one listener.
class ListenerBuilder {
 public:
  ListenerBuilder(const config::Settings& settings, const config::Listener& listener,
                  config::Diagnostics* diagnostics)
      : places_(settings.places), listener_(listener), diagnostics_(diagnostics) {}

  GrpcListener Build() {
    GrpcListener built{.address = listener_.address.ToString(), .tls = std::nullopt, .sources = {}};
    if (listener_.tls.has_value()) built.tls = ReadTls(*listener_.tls);
    std::string authorities;
    built.sources = ReadSources(listener_.callers, &authorities, &built.material);
    if (built.tls.has_value()) {
      built.tls->client_authorities = std::move(authorities);
      absl::StrAppend(&built.material, built.tls->client_authorities, built.tls->certificate_chain);
    }
    return built;
  }

 private:
  void Add(absl::string_view field, const absl::Status& status) {
    diagnostics_->Add(
        places_.At(absl::StrCat(listener_.path, ".", field), std::string(status.message())));
  }

  // A file whose name is missing has been reported.
  std::optional<TlsMaterial> ReadTls(const config::TlsFiles& files) {
    if (files.certificate_file.empty() || files.key_file.empty()) return std::nullopt;
    absl::StatusOr<std::string> chain =
        config::ReadTextFile(files.certificate_file, kMaxCertificateBytes);
    const absl::Status chain_status = chain.ok() ? CheckCertificateChain(*chain) : chain.status();
    if (!chain_status.ok()) Add("tls.certificate_file", chain_status);
    absl::StatusOr<secrets::Secret> key = secrets::ReadSecretFile(files.key_file, {});
    if (!key.ok()) Add("tls.key_file", key.status());
    if (!chain_status.ok() || !key.ok()) return std::nullopt;
    TlsMaterial material = {.certificate_chain = *std::move(chain), .private_key = *std::move(key)};
    if (const absl::Status status = CheckKeyMatches(material); !status.ok()) {
      Add("tls.key_file", status);
      return std::nullopt;
    }
    return material;
  }

  access::IdentitySources ReadSources(const config::Callers& callers, std::string* authorities_pem,
                                      std::string* material) {
    access::IdentitySources sources;
    sources.loopback = callers.loopback;
    if (callers.unix_name.has_value() && !callers.unix_name->empty()) {
      absl::StatusOr<access::Caller> caller =
          access::Caller::Parse(absl::StrCat("unix:", *callers.unix_name));
      if (caller.ok()) {
        sources.socket = *std::move(caller);
      } else {
        Add("callers.unix", absl::InvalidArgumentError(absl::StrCat(
                                "expected 1 to 64 letters, digits, \".\", \"_\" or \"-\", found ",
                                config::Shown(*callers.unix_name))));
      }
    }
    if (callers.ca_file.has_value() && !callers.ca_file->empty()) {
      absl::StatusOr<crypto::CertificateAuthorities> authorities =
          ReadAuthorities(*callers.ca_file, authorities_pem);
      if (authorities.ok()) {
        sources.certificates =
            std::make_shared<const access::CertificateVerifier>(*std::move(authorities));
      } else {
        Add("callers.certificate.ca_file", authorities.status());
      }
    }
    if (callers.tokens.has_value() && !callers.tokens->keys_file.empty()) {
      absl::StatusOr<access::KeySet> keys = ReadKeySet(callers.tokens->keys_file, material);
      if (keys.ok()) {
        sources.tokens = std::make_shared<const access::TokenVerifier>(
            access::TokenRules{.issuer = callers.tokens->issuer,
                               .audience = callers.tokens->audience},
            *std::move(keys));
      } else {
        Add("callers.token.keys_file", keys.status());
      }
    }
    return sources;
  }

  const config::SourceMap& places_;
  const config::Listener& listener_;
  config::Diagnostics* const diagnostics_;
};

}  // namespace

std::vector<GrpcListener> BuildListeners(const config::Settings& settings,
                                         config::Diagnostics* diagnostics) {
  std::vector<GrpcListener> listeners;
  for (const config::Listener& listener : settings.listeners) {
    listeners.push_back(ListenerBuilder(settings, listener, diagnostics).Build());
  }
  return listeners;
}

}  // namespace sessionbroker::app
