// What lies in the store for a sequence of nonces, whoever has written it: it is refused, or read
// as what is written the same again.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "service/base/error.h"
#include "service/nonces/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<nonces::Record> record = nonces::Decode(bytes);
  if (!record.ok()) {
    if (base::DetailsOf(record.status()).reason != base::Reason::kStoreUnavailable)
      __builtin_trap();
    return 0;
  }
  if (record->reserved < 0 || record->id.origin.empty()) __builtin_trap();
  const std::string written = nonces::Encode(*record);
  const absl::StatusOr<nonces::Record> again = nonces::Decode(written);
  if (!again.ok() || nonces::Encode(*again) != written) __builtin_trap();
  if (!(again->id == record->id) || again->reserved != record->reserved ||
      again->unit != record->unit || again->max != record->max) {
    __builtin_trap();
  }
  return 0;
}
