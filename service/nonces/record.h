#ifndef SESSIONBROKER_SERVICE_NONCES_RECORD_H_
#define SESSIONBROKER_SERVICE_NONCES_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/nonces/sequence.h"

// How a sequence lies in the store.
namespace sessionbroker::nonces {

// All sequences have keys that begin so.
inline constexpr char kStorePrefix[] = "nonces/";

struct Record {
  SequenceId id;
  // Every value up to here may have been used. At least 0.
  int64_t reserved = 0;
  // What an operator has raised it to; -1: never.
  int64_t floor = -1;
  // As it was used last; unset: raised, but not used yet.
  std::optional<SequenceSpec::Unit> unit;
  std::optional<int64_t> max;
  // When `reserved` was written.
  absl::Time update_time;
};

// Where the record of `id` lies. kInvalidArgument for an origin that is empty or has a space, for
// a key that is empty, and for what has a NUL or is too long to be stored.
absl::StatusOr<std::string> StoreKeyOf(const SequenceId& id);

std::string Encode(const Record& record);

// kStoreUnavailable for what Encode has not made.
absl::StatusOr<Record> Decode(const std::string& bytes);

}  // namespace sessionbroker::nonces

#endif  // SESSIONBROKER_SERVICE_NONCES_RECORD_H_
