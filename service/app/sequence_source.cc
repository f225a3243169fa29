#include "service/app/sequence_source.h"

#include <utility>

namespace sessionbroker::app {
namespace {

nonces::SequenceSpec::Unit UnitOf(login::SequenceSpec::Unit unit) {
  switch (unit) {
    case login::SequenceSpec::Unit::kCount:
      return nonces::SequenceSpec::Unit::kCount;
    case login::SequenceSpec::Unit::kSeconds:
      return nonces::SequenceSpec::Unit::kSeconds;
    case login::SequenceSpec::Unit::kMilliseconds:
      return nonces::SequenceSpec::Unit::kMilliseconds;
  }
  return nonces::SequenceSpec::Unit::kCount;
}

}  // namespace

void SequenceSource::Reserve(const login::SequenceId& id, const login::SequenceSpec& spec,
                             std::optional<int64_t> above, Callback done) {
  sequencer_->Reserve({.origin = id.origin, .key = id.key}, SpecOf(spec), above, std::move(done));
}

nonces::SequenceSpec SequenceSource::SpecOf(const login::SequenceSpec& spec) {
  return {
      .unit = UnitOf(spec.unit), .start = spec.start, .max = spec.max, .max_ahead = spec.max_ahead};
}

}  // namespace sessionbroker::app
