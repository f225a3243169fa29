#include "tests/testing/test_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace sessionbroker::testing {
namespace {

void RequireOpenSsl(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "test certificate: %s failed\n", what);
  std::abort();
}

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

std::string TextOf(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return std::string(bytes, size);
}

void AddExtension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value),
                                        X509_EXTENSION_free);
  RequireOpenSsl(extension != nullptr, value);
  RequireOpenSsl(X509_add_ext(certificate, extension.get(), -1) == 1, "X509_add_ext");
}

}  // namespace

TestCertificate MakeTestCertificate(const TestCertificateOptions& options) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  RequireOpenSsl(key != nullptr, "EVP_EC_gen");
  const Owned<X509> certificate(X509_new(), X509_free);
  RequireOpenSsl(certificate != nullptr, "X509_new");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * 24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), absl::ToInt64Seconds(options.valid_until));
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test server"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  RequireOpenSsl(X509_set_pubkey(certificate.get(), key.get()) == 1, "X509_set_pubkey");
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate.get(), NID_subject_alt_name, options.subject_alt_name.c_str());
  RequireOpenSsl(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "X509_sign");

  const Owned<BIO> certificate_text(BIO_new(BIO_s_mem()), BIO_free_all);
  const Owned<BIO> key_text(BIO_new(BIO_s_mem()), BIO_free_all);
  RequireOpenSsl(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "PEM");
  RequireOpenSsl(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                          nullptr) == 1,
                 "PEM");
  return {.certificate = TextOf(certificate_text.get()), .key = TextOf(key_text.get())};
}

}  // namespace sessionbroker::testing
