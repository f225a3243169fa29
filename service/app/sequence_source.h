#ifndef SESSIONBROKER_SERVICE_APP_SEQUENCE_SOURCE_H_
#define SESSIONBROKER_SERVICE_APP_SEQUENCE_SOURCE_H_

#include <optional>

#include "service/login/sequence_source.h"
#include "service/nonces/sequencer.h"

namespace sessionbroker::app {

// The sequences as logins see them. Thread-safe.
class SequenceSource final : public login::SequenceSource {
 public:
  // `sequencer` outlives this object.
  explicit SequenceSource(nonces::Sequencer* sequencer) : sequencer_(sequencer) {}

  void Reserve(const login::SequenceId& id, const login::SequenceSpec& spec,
               std::optional<int64_t> above, Callback done) override;

  static nonces::SequenceSpec SpecOf(const login::SequenceSpec& spec);

 private:
  nonces::Sequencer* const sequencer_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_SEQUENCE_SOURCE_H_
