#ifndef SESSIONBROKER_TESTS_TESTING_RECORDING_AUDIT_LOG_H_
#define SESSIONBROKER_TESTS_TESTING_RECORDING_AUDIT_LOG_H_

#include <vector>

#include "service/access/audit_log.h"
#include "service/access/audit_record.h"
#include "service/base/mutex.h"

namespace sessionbroker::testing {

// Remembers every event, at no time, or refuses all. Thread-safe.
class RecordingAuditLog final : public access::AuditLog {
 public:
  absl::Status Check() const override {
    base::MutexLock lock(&mutex_);
    return status_;
  }

  absl::Status Record(const access::AuditEvent& event) override {
    base::MutexLock lock(&mutex_);
    if (status_.ok()) records_.push_back(access::RecordOf(event, absl::InfinitePast()));
    return status_;
  }

  std::vector<access::AuditRecord> records() const {
    base::MutexLock lock(&mutex_);
    return records_;
  }

  void SetAvailable(bool available) {
    base::MutexLock lock(&mutex_);
    status_ = available ? absl::OkStatus()
                        : base::MakeError(base::Reason::kAuditUnavailable, "the test says so");
  }

 private:
  mutable base::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<access::AuditRecord> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_RECORDING_AUDIT_LOG_H_
