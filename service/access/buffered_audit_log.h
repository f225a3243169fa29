#ifndef SESSIONBROKER_SERVICE_ACCESS_BUFFERED_AUDIT_LOG_H_
#define SESSIONBROKER_SERVICE_ACCESS_BUFFERED_AUDIT_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/access/audit_log.h"
#include "service/access/audit_record.h"
#include "service/access/audit_repeats.h"
#include "service/access/audit_sink.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/base/scheduler.h"

namespace sessionbroker::access {

// The audit log: a bounded queue, and a thread that writes what is in it. What comes again and
// again (sessions handed out, whatever fails or is refused) has one line, then one in a minute that
// counts. Record and Check never wait: they take a lock that is held for a look-up.
class BufferedAuditLog final : public AuditLog {
 public:
  struct Options {
    // Nothing is handed out without a line. False: what cannot be written is only counted.
    bool required = true;
    // Events that wait to be written. What callers can cause by calls that fail may fill half of
    // it; more of that is lost, and counted.
    std::size_t max_queued = 65536;
    // A sink that writes nothing for so long counts as failed.
    absl::Duration patience = absl::Seconds(5);
    absl::Duration retry_every = absl::Seconds(1);
    absl::Duration repeats_every = absl::Minutes(1);
    AuditRepeats::Options repeats = {};
  };

  // Told, on the scheduler's thread, of what an operator should know. Both may be empty.
  struct Observer {
    // The sink failed for the first time since it last worked; OK: it works again.
    std::function<void(const absl::Status&)> on_sink;
    // So many lines were written; so many events found no room.
    std::function<void(int64_t written, int64_t lost)> on_lines;
  };

  // `writer` is the sink's own thread: nothing else may wait for it. It and `clock` outlive the
  // log, which is destroyed once `writer` runs nothing any more.
  BufferedAuditLog(const Options& options, std::unique_ptr<AuditSink> sink, base::Scheduler* writer,
                   const base::Clock* clock, Observer observer);
  // Writes what waits, if the sink lets it.
  ~BufferedAuditLog() override;
  BufferedAuditLog(const BufferedAuditLog&) = delete;
  BufferedAuditLog& operator=(const BufferedAuditLog&) = delete;

  // Begins to write; what was recorded before is kept.
  void Start();

  absl::Status Check() const override;
  absl::Status Record(const AuditEvent& event) override;

 private:
  enum class Kind {
    // A session goes out; comes again and again, and need not happen.
    kHandOut,
    // It failed or was refused: callers can cause it as often as they like.
    kVain,
    // It changed something, or is about to: it has a line each time.
    kDeed,
  };

  static Kind KindOf(const AuditEvent& event);
  bool IsStalled() const;
  // False: there is no room for a record of this kind.
  bool Enqueue(AuditRecord record, Kind kind);

  // These belong to the writer's thread.
  void WorkOff();
  void CollectRepeats();
  // Moves what waits into lines_.
  void TakeLines();
  // Writes lines_; false: it failed and is tried again later.
  bool WriteLines();

  const Options options_;
  const std::unique_ptr<AuditSink> sink_;
  base::Scheduler* const writer_;
  const base::Clock* const clock_;
  const Observer observer_;

  AuditRepeats repeats_;
  // When the write that is not done yet began, in nanoseconds since boot; 0: none is under way.
  std::atomic<int64_t> writing_since_{0};
  // There was no room, and half of the queue is not free yet.
  std::atomic<bool> full_{false};

  mutable base::Mutex mutex_;
  std::vector<AuditRecord> queue_ ABSL_GUARDED_BY(mutex_);
  // Taken out of the queue, not written yet.
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // Without a line, since the last one that says so.
  int64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;

  // These belong to the writer's thread.
  std::string lines_;
  int64_t line_count_ = 0;
  bool failing_ = false;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_BUFFERED_AUDIT_LOG_H_
