#ifndef SESSIONBROKER_SERVICE_APP_LASTING_STATE_H_
#define SESSIONBROKER_SERVICE_APP_LASTING_STATE_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/app/configuration.h"
#include "service/app/sequence_source.h"
#include "service/base/clock.h"
#include "service/base/event_loop.h"
#include "service/login/kept_values.h"
#include "service/nonces/sequencer.h"
#include "service/sessions/account_records.h"
#include "service/sessions/fingerprint_key.h"
#include "service/storage/state_directory.h"
#include "service/storage/store.h"
#include "service/telemetry/log.h"

namespace sessionbroker::app {

// What outlasts the process, or would: the stores of the state directory and all that reads and
// writes them. Belongs to one thread; what it hands out is as thread-safe as its class says.
class LastingState {
 public:
  // Takes the state directory. `loop`, not started yet, and the others outlive this; nothing runs
  // on the loop any more when this goes. Fails where the directory cannot be had.
  static absl::StatusOr<std::unique_ptr<LastingState>> Open(const config::Settings& settings,
                                                            base::EventLoop* loop,
                                                            const base::Clock* clock,
                                                            telemetry::Logger* log);

  // Reads the key that fingerprints are made under, with the loop running, and waits for it. Once.
  // Fails as the stores do.
  absl::Status Load(const Configuration& configuration);

  nonces::Sequencer& sequencer() { return *sequencer_; }
  SequenceSource& sequence_source() { return *sequence_source_; }
  // These once Load has succeeded.
  sessions::AccountRecords& records() { return *records_; }
  login::KeptValues& kept_values() { return *kept_values_; }
  const sessions::FingerprintKey& fingerprint_key() const { return *fingerprint_key_; }

 private:
  LastingState(base::EventLoop* loop, const base::Clock* clock, telemetry::Logger* log)
      : loop_(loop), clock_(clock), log_(log) {}

  absl::Status OpenStores(const config::Settings& settings);
  absl::Status LoadFingerprintKey(const Configuration& configuration);
  void OpenRecords(const Configuration& configuration);
  void MakeKeptValues(const Configuration& configuration);

  base::EventLoop* const loop_;
  const base::Clock* const clock_;
  telemetry::Logger* const log_;
  // Where there is one.
  std::unique_ptr<storage::StateDirectory> state_directory_;
  std::unique_ptr<storage::Store> store_;
  // Only where there is a state directory.
  std::unique_ptr<storage::Store> session_store_;
  std::unique_ptr<nonces::Sequencer> sequencer_;
  std::unique_ptr<SequenceSource> sequence_source_;
  std::optional<sessions::FingerprintKey> fingerprint_key_;
  std::unique_ptr<sessions::AccountRecords> records_;
  std::unique_ptr<login::KeptValues> kept_values_;
};

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_LASTING_STATE_H_
