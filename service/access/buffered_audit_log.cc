#include "service/access/buffered_audit_log.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "service/base/error.h"

namespace sessionbroker::access {
namespace {

absl::Status UnavailableError() {
  return base::MakeError(base::Reason::kAuditUnavailable,
                         "the broker cannot write its audit log, without which it hands nothing "
                         "out");
}

bool IsTheBrokersOwn(AuditAction action) {
  return action == AuditAction::kLogin || action == AuditAction::kLatch ||
         action == AuditAction::kReload;
}

}  // namespace

BufferedAuditLog::Kind BufferedAuditLog::KindOf(const AuditEvent& event) {
  if (event.error.has_value() && !IsTheBrokersOwn(event.action)) return Kind::kVain;
  return event.action == AuditAction::kGet || event.action == AuditAction::kWatch ? Kind::kHandOut
                                                                                  : Kind::kDeed;
}

BufferedAuditLog::BufferedAuditLog(const Options& options, std::unique_ptr<AuditSink> sink,
                                   base::Scheduler* writer, const base::Clock* clock,
                                   Observer observer)
    : options_(options),
      sink_(std::move(sink)),
      writer_(writer),
      clock_(clock),
      observer_(std::move(observer)),
      repeats_(options.repeats) {}

BufferedAuditLog::~BufferedAuditLog() {
  TakeLines();
  if (!WriteLines()) return;
  for (std::size_t shard = 0; shard < AuditRepeats::kShards; ++shard) {
    for (const AuditRecord& record : repeats_.Collect(shard, clock_->WallNow())) {
      lines_ += LineOf(record);
    }
  }
  WriteLines();
}

void BufferedAuditLog::Start() {
  writer_->RunAfter(options_.repeats_every, [this] { CollectRepeats(); });
}

absl::Status BufferedAuditLog::Check() const {
  if (!options_.required) return absl::OkStatus();
  return full_.load(std::memory_order_relaxed) || IsStalled() ? UnavailableError()
                                                              : absl::OkStatus();
}

bool BufferedAuditLog::IsStalled() const {
  const int64_t since = writing_since_.load(std::memory_order_relaxed);
  return since != 0 &&
         clock_->BootNow().since_boot() - absl::Nanoseconds(since) >= options_.patience;
}

absl::Status BufferedAuditLog::Record(const AuditEvent& event) {
  const AuditEvent shortened = Shortened(event);
  const Kind kind = KindOf(event);
  if (kind == Kind::kHandOut) {
    if (absl::Status checked = Check(); !checked.ok()) return checked;
  }
  const bool may_repeat = kind != Kind::kDeed;
  if (may_repeat && repeats_.Count(shortened)) return absl::OkStatus();
  AuditRecord record = RecordOf(shortened, clock_->WallNow());
  AuditRecord remembered = may_repeat ? record : AuditRecord();
  if (!Enqueue(std::move(record), kind)) {
    return options_.required ? UnavailableError() : absl::OkStatus();
  }
  if (!may_repeat) return absl::OkStatus();
  if (std::optional<AuditRecord> evicted = repeats_.Remember(std::move(remembered))) {
    // Of less worth than what has no line at all.
    Enqueue(*std::move(evicted), Kind::kVain);
  }
  return absl::OkStatus();
}

bool BufferedAuditLog::Enqueue(AuditRecord record, Kind kind) {
  const std::size_t room = kind == Kind::kVain ? options_.max_queued / 2 : options_.max_queued;
  bool is_first = false;
  {
    base::MutexLock lock(&mutex_);
    if (queue_.size() + taken_ >= room) {
      // A session that is not handed out for it leaves another event.
      if (kind != Kind::kHandOut || !options_.required) ++lost_;
      if (kind != Kind::kVain) full_.store(true, std::memory_order_relaxed);
      return false;
    }
    is_first = queue_.empty();
    queue_.push_back(std::move(record));
  }
  if (is_first) writer_->Post([this] { WorkOff(); });
  return true;
}

void BufferedAuditLog::WorkOff() {
  if (failing_) return;
  TakeLines();
  WriteLines();
}

void BufferedAuditLog::TakeLines() {
  std::vector<AuditRecord> records;
  int64_t lost = 0;
  {
    base::MutexLock lock(&mutex_);
    records.swap(queue_);
    taken_ += records.size();
    lost = std::exchange(lost_, 0);
  }
  for (const AuditRecord& record : records) lines_ += LineOf(record);
  line_count_ += static_cast<int64_t>(records.size());
  if (lost == 0) return;
  lines_ += LineOfLost(lost, clock_->WallNow());
  if (observer_.on_lines) observer_.on_lines(0, lost);
}

bool BufferedAuditLog::WriteLines() {
  if (lines_.empty()) return true;
  if (!failing_) {
    writing_since_.store(absl::ToInt64Nanoseconds(clock_->BootNow().since_boot()),
                         std::memory_order_relaxed);
  }
  const absl::Status status = sink_->Write(lines_);
  if (!status.ok()) {
    if (!failing_ && observer_.on_sink) observer_.on_sink(status);
    failing_ = true;
    writer_->RunAfter(options_.retry_every, [this] {
      if (WriteLines()) WorkOff();
    });
    return false;
  }
  writing_since_.store(0, std::memory_order_relaxed);
  if (failing_ && observer_.on_sink) observer_.on_sink(absl::OkStatus());
  failing_ = false;
  lines_.clear();
  if (observer_.on_lines) observer_.on_lines(std::exchange(line_count_, 0), 0);
  base::MutexLock lock(&mutex_);
  taken_ = 0;
  if (queue_.size() <= options_.max_queued / 2) full_.store(false, std::memory_order_relaxed);
  return true;
}

void BufferedAuditLog::CollectRepeats() {
  for (std::size_t shard = 0; shard < AuditRepeats::kShards && !failing_; ++shard) {
    for (const AuditRecord& record : repeats_.Collect(shard, clock_->WallNow())) {
      lines_ += LineOf(record);
      ++line_count_;
    }
    WriteLines();
  }
  writer_->RunAfter(options_.repeats_every, [this] { CollectRepeats(); });
}

}  // namespace sessionbroker::access
