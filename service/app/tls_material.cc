#include "service/app/tls_material.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace sessionbroker::app {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> Reader(absl::string_view pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The next certificate, or nullptr.
Owned<X509> NextCertificate(BIO* reader) {
  return Owned<X509>(PEM_read_bio_X509(reader, nullptr, nullptr, nullptr));
}

// Called where a key is encrypted: there is nobody to ask.
int NoPassphrase(char*, int, int, void*) { return 0; }

bool AtEnd() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

absl::Status CheckCertificateChain(absl::string_view chain) {
  ERR_clear_error();
  const Owned<BIO> reader = Reader(chain);
  int certificates = 0;
  while (NextCertificate(reader.get()) != nullptr) ++certificates;
  const bool at_end = AtEnd();
  ERR_clear_error();
  if (!at_end) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate ", certificates + 1, " of it cannot be read"));
  }
  if (certificates == 0) return absl::InvalidArgumentError("no certificate in PEM form in it");
  return absl::OkStatus();
}

absl::Status CheckKeyMatches(const TlsMaterial& material) {
  const absl::string_view pem = material.private_key.Reveal(secrets::RevealToken::Issue());
  const Owned<BIO> key_reader = Reader(pem);
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(key_reader.get(), nullptr, NoPassphrase, nullptr));
  const Owned<X509> leaf = NextCertificate(Reader(material.certificate_chain).get());
  const bool matches =
      key != nullptr && leaf != nullptr && X509_check_private_key(leaf.get(), key.get()) == 1;
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError("no private key in PEM form, without a passphrase, in it");
  }
  if (!matches) return absl::InvalidArgumentError("not the key of the certificate");
  return absl::OkStatus();
}

grpc_ssl_server_certificate_config* MakeCertificateConfig(const TlsMaterial& material) {
  // gRPC reads up to a NUL.
  std::string key(material.private_key.Reveal(secrets::RevealToken::Issue()));
  const grpc_ssl_pem_key_cert_pair pair = {.private_key = key.c_str(),
                                           .cert_chain = material.certificate_chain.c_str()};
  // gRPC insists on having some; nothing is verified by them (TlsSwitch).
  const std::string& authorities = material.client_authorities.empty()
                                       ? material.certificate_chain
                                       : material.client_authorities;
  grpc_ssl_server_certificate_config* const config =
      grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
  OPENSSL_cleanse(key.data(), key.size());
  return config;
}

}  // namespace sessionbroker::app
