#ifndef SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_CLOCK_NUMBERS_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_CLOCK_NUMBERS_H_

#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/login/sequence_source.h"

namespace sessionbroker::brokerctl {

// Numbers of sequences for trying a login once, where no broker reserves any: those of the clock,
// or for a count from where the definition starts it, and each higher than the one before. Nothing
// remembers them. Not thread-safe.
class ClockNumbers {
 public:
  // As login::SequenceSource::Reserve.
  absl::StatusOr<int64_t> Next(const login::SequenceId& id, const login::SequenceSpec& spec,
                               std::optional<int64_t> above, absl::Time now);

 private:
  std::map<login::SequenceId, int64_t> last_;
};

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_PROVIDER_CLOCK_NUMBERS_H_
