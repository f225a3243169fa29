#include "service/storage/store.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {
namespace {

absl::Status CheckKey(const std::string& key, std::set<std::string>* seen) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("store: a key has 1 to ", kMaxKeyBytes, " bytes, got ", key.size()));
  }
  if (!seen->insert(key).second) {
    return absl::InvalidArgumentError("store: a key stands twice in one transaction");
  }
  return absl::OkStatus();
}

absl::Status CheckCount(absl::string_view what, std::size_t count) {
  if (count <= kMaxTransactionKeys) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("store: a transaction has at most ",
                                                 kMaxTransactionKeys, " ", what, ", got ", count));
}

}  // namespace

absl::Status CheckTransaction(const Transaction& transaction) {
  if (transaction.writes.empty()) {
    return absl::InvalidArgumentError("store: a transaction has at least one write");
  }
  SB_RETURN_IF_ERROR(CheckCount("conditions", transaction.conditions.size()));
  SB_RETURN_IF_ERROR(CheckCount("writes", transaction.writes.size()));
  std::set<std::string> conditions;
  for (const Condition& condition : transaction.conditions) {
    SB_RETURN_IF_ERROR(CheckKey(condition.key, &conditions));
  }
  std::set<std::string> writes;
  for (const Write& write : transaction.writes) {
    SB_RETURN_IF_ERROR(CheckKey(write.key, &writes));
    if (write.value.has_value() && write.value->size() > kMaxValueBytes) {
      return absl::InvalidArgumentError(absl::StrCat("store: a value has at most ", kMaxValueBytes,
                                                     " bytes, got ", write.value->size()));
    }
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::storage
