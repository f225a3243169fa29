#ifndef SESSIONBROKER_SERVICE_APP_ACCOUNT_CATALOG_H_
#define SESSIONBROKER_SERVICE_APP_ACCOUNT_CATALOG_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/account_id.h"
#include "service/config/diagnostics.h"
#include "service/config/settings.h"
#include "service/login/account.h"
#include "service/login/definitions.h"
#include "service/nonces/known_sequences.h"
#include "service/secrets/environment_secrets.h"

namespace sessionbroker::app {

// The accounts of `account_files`: each line is checked when the file is read; then only its text
// is kept, with an index in the order of ids. Some 300 bytes an account instead of kilobytes, for
// accounts that nobody may ever ask for. Immutable, thread-safe.
class AccountCatalog {
 public:
  // What the lines are checked against, and built with later.
  struct Basis {
    std::shared_ptr<const login::DefinitionSet> definitions;
    std::string secret_file_template;

    friend bool operator==(const Basis& a, const Basis& b) = default;
  };

  // Reads the files. A file that has not changed since `before` (nullptr: there is none) was read
  // is taken over. Every mistake goes into `diagnostics`, at most 100 of one file.
  // `in_configuration`: ids that stand there must not stand in a file. `read_secrets`: reads those,
  // too, and forgets them.
  static std::shared_ptr<const AccountCatalog> Load(
      const config::Settings& settings, std::shared_ptr<const login::DefinitionSet> definitions,
      bool read_secrets, const AccountCatalog* before, config::Diagnostics* diagnostics);

  ~AccountCatalog();

  std::size_t size() const;
  // Each once.
  std::set<std::string> providers() const;
  bool Has(base::AccountIdView id) const;
  // The first ids behind `from`, or from it on where `inclusive`, in order; at most `limit`.
  std::vector<base::AccountId> List(base::AccountIdView from, bool inclusive,
                                    std::size_t limit) const;
  // Makes the account and reads its secrets: blocks. Errors: kAccountUnknown; kSecretUnavailable,
  // which says why for operators and nothing of the secret.
  absl::StatusOr<std::shared_ptr<const login::Account>> Build(base::AccountIdView id) const;

  // Providers of accounts that draw from sequences; and from which.
  const std::set<std::string>& providers_with_nonces() const { return providers_with_nonces_; }
  const std::vector<nonces::SequenceUse>& sequences() const { return sequences_; }

  // The same lines on the same basis: nothing that is built of one differs from the other's.
  bool IsSameAs(const AccountCatalog& other) const;

 private:
  class File;

  AccountCatalog() = default;

  void CheckThatIdsAreUnique(const config::Settings& settings,
                             config::Diagnostics* diagnostics) const;

  Basis basis_;
  std::vector<std::shared_ptr<const File>> files_;
  std::set<std::string> providers_with_nonces_;
  std::vector<nonces::SequenceUse> sequences_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_ACCOUNT_CATALOG_H_
