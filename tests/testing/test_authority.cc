#include "tests/testing/test_authority.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sessionbroker::testing {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "test authority: %s failed\n", what);
  std::abort();
}

using Bio = std::unique_ptr<BIO, void (*)(BIO*)>;

std::string PemOf(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free_all);
  Require(PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

std::string PemOf(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free_all);
  Require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Require(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<EVP_PKEY> MakeKey() {
  std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Require(key != nullptr, "EVP_EC_gen");
  return key;
}

// Unsigned; nullptr as `issuer`: it is its own.
std::shared_ptr<X509> MakeCertificate(const CertificateRequest& request, bool is_authority,
                                      EVP_PKEY* key, X509* issuer) {
  static std::atomic<long> serial{1};
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), absl::ToInt64Seconds(request.valid_from));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), absl::ToInt64Seconds(request.valid_until));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(request.common_name.c_str()),
                             -1, -1, 0);
  if (issuer == nullptr) issuer = certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  Require(X509_set_pubkey(certificate.get(), key) == 1, "X509_set_pubkey");
  AddExtension(certificate.get(), issuer, NID_basic_constraints,
               is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(certificate.get(), issuer, NID_subject_alt_name, request.subject_alt_name);
  AddExtension(certificate.get(), issuer, NID_ext_key_usage, request.extended_key_usage);
  return certificate;
}

CertificateRequest AuthorityRequest(const std::string& name) {
  return {.subject_alt_name = "",
          .common_name = name,
          .extended_key_usage = "",
          .valid_from = -absl::Hours(24),
          .valid_until = absl::Hours(24)};
}

void Sign(X509* certificate, EVP_PKEY* key) {
  Require(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
}

}  // namespace

TestAuthority::TestAuthority(std::shared_ptr<EVP_PKEY> key, std::shared_ptr<X509> certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)), pem_(PemOf(certificate_.get())) {}

TestAuthority::TestAuthority(const std::string& name) : key_(MakeKey()) {
  certificate_ = MakeCertificate(AuthorityRequest(name), true, key_.get(), nullptr);
  Sign(certificate_.get(), key_.get());
  pem_ = PemOf(certificate_.get());
}

TestCertificate TestAuthority::Issue(const CertificateRequest& request) const {
  const std::shared_ptr<EVP_PKEY> key = MakeKey();
  const std::shared_ptr<X509> made = MakeCertificate(request, false, key.get(), certificate_.get());
  Sign(made.get(), key_.get());
  return {.certificate = PemOf(made.get()), .key = PemOf(key.get())};
}

TestAuthority TestAuthority::IssueAuthority(const std::string& name) const {
  std::shared_ptr<EVP_PKEY> key = MakeKey();
  std::shared_ptr<X509> made =
      MakeCertificate(AuthorityRequest(name), true, key.get(), certificate_.get());
  Sign(made.get(), key_.get());
  return TestAuthority(std::move(key), std::move(made));
}

}  // namespace sessionbroker::testing
