#include "service/crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/crypto/openssl.h"

namespace sessionbroker::crypto {
namespace {

struct FreeCertificatePart {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  // The certificates in it stay.
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
template <typename T>
using OwnedCertificatePart = std::unique_ptr<T, FreeCertificatePart>;

std::vector<std::string> AlternativeNames(X509* certificate, int type) {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  const OwnedCertificatePart<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type_of_name = 0;
    const void* const value =
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type_of_name);
    if (type_of_name != type) continue;
    const auto* const text = static_cast<const ASN1_IA5STRING*>(value);
    found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return found;
}

}  // namespace

absl::StatusOr<std::vector<Certificate>> Certificate::AllFromPem(absl::string_view pem) {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  if (pem.empty()) return std::vector<Certificate>();
  ERR_clear_error();
  const OwnedCertificatePart<BIO> reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (reader == nullptr) return OpensslError("reading certificates");
  std::vector<Certificate> all;
  while (X509* const next = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
    all.push_back(Certificate(std::shared_ptr<X509>(next, X509_free)));
  }
  const unsigned long error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate ", all.size() + 1, " of it cannot be read"));
  }
  return all;
}

std::vector<std::string> Certificate::Uris() const {
  return AlternativeNames(certificate_.get(), GEN_URI);
}

std::vector<std::string> Certificate::DnsNames() const {
  return AlternativeNames(certificate_.get(), GEN_DNS);
}

absl::Time Certificate::not_after() const {
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &time) != 1) {
    return absl::InfinitePast();
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

absl::StatusOr<CertificateAuthorities> CertificateAuthorities::FromPem(absl::string_view pem) {
  SB_ASSIGN_OR_RETURN(const std::vector<Certificate> all, Certificate::AllFromPem(pem));
  if (all.empty()) return absl::InvalidArgumentError("no certificate in PEM form in it");
  const std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  if (store == nullptr) return OpensslError("a store of certificates");
  for (std::size_t i = 0; i < all.size(); ++i) {
    X509* const certificate = all[i].certificate_.get();
    if (X509_check_ca(certificate) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", i + 1, " of it is none of an authority"));
    }
    if (X509_STORE_add_cert(store.get(), certificate) != 1) return OpensslError("a certificate");
  }
  return CertificateAuthorities(store);
}

absl::Status CertificateAuthorities::VerifyClient(const Certificate& leaf,
                                                  const std::vector<Certificate>& intermediates,
                                                  absl::Time now) const {
  const absl::Cleanup forget_errors = [] { ERR_clear_error(); };
  const OwnedCertificatePart<STACK_OF(X509)> untrusted(sk_X509_new_null());
  for (const Certificate& certificate : intermediates) {
    sk_X509_push(untrusted.get(), certificate.certificate_.get());
  }
  const OwnedCertificatePart<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (context == nullptr || untrusted == nullptr ||
      X509_STORE_CTX_init(context.get(), store_.get(), leaf.certificate_.get(), untrusted.get()) !=
          1) {
    return OpensslError("verifying a certificate");
  }
  X509_STORE_CTX_set_default(context.get(), "ssl_client");
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  return absl::PermissionDeniedError(
      X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

}  // namespace sessionbroker::crypto
