#include "service/app/reloader.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_join.h"
#include "service/app/configuration_sources.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/telemetry/names.h"

namespace sessionbroker::app {
namespace {

using telemetry::LogLevel;

constexpr int kNiceness = 10;
// More help nobody.
constexpr std::size_t kMostMistakesKept = 100;
constexpr std::size_t kMostMistakesLogged = 20;
// A file system's clock may be a tick behind.
constexpr absl::Duration kTick = absl::Milliseconds(20);

}  // namespace

absl::StatusOr<std::unique_ptr<Reloader>> Reloader::Start(Options options, Loaded first) {
  SB_ASSIGN_OR_RETURN(std::unique_ptr<base::EventLoop> loop, base::EventLoop::Create("reload"));
  const absl::Time began = first.began;
  auto reloader = std::unique_ptr<Reloader>(
      new Reloader(std::move(options), std::move(first), std::move(loop)));
  reloader->loop_->Post([raw = reloader.get(), began] { raw->Begin(began); });
  SB_RETURN_IF_ERROR(reloader->loop_->Start());
  return reloader;
}

Reloader::Reloader(Options options, Loaded first, std::unique_ptr<base::EventLoop> loop)
    : options_(std::move(options)),
      loop_(std::move(loop)),
      serving_(std::move(first.configuration)),
      sources_(std::move(first.sources)) {
  access::ConfigurationStatus status;
  status.load_time = first.began;
  Publish(std::move(status));
}

Reloader::~Reloader() {
  loop_->Stop();
  watch_ = nullptr;
}

void Reloader::Reload() {
  loop_->Post([this] { Load(); });
}

access::ConfigurationStatus Reloader::status() const {
  base::MutexLock lock(&mutex_);
  return status_;
}

void Reloader::Publish(access::ConfigurationStatus status) {
  status.watch_problem = watch_problem_;
  options_.metrics->SetConfiguration(status.generation, status.load_time,
                                     status.needs_restart.size());
  base::MutexLock lock(&mutex_);
  status_ = std::move(status);
}

void Reloader::Begin(absl::Time first_read) {
  // Who is served comes first. On Linux it is this thread's alone, and its children's.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  absl::StatusOr<std::unique_ptr<base::FileWatch>> watch =
      base::FileWatch::Create(loop_.get(), [this] { NoteChange(); });
  if (watch.ok()) {
    watch_ = *std::move(watch);
  } else {
    watch_problem_ = std::string(watch.status().message());
  }
  Watch();
  Publish(status());
  // Between its reading and the watch a file may have changed unseen.
  if (LastChangeOf(sources_) >= first_read - kTick) NoteChange();
}

void Reloader::Watch() {
  const std::string before = watch_problem_;
  if (watch_ != nullptr) watch_problem_ = std::string(watch_->Watch(sources_).message());
  if (watch_problem_ == before && watch_ != nullptr) return;
  if (watch_problem_.empty()) return;
  options_.log->Log(
      LogLevel::kWarning, telemetry::kFileWatchEvent,
      {{telemetry::kMessageField,
        "changes of files may go unnoticed, SIGHUP makes the broker look: " + watch_problem_}});
}

void Reloader::NoteChange() {
  const base::BootTime now = options_.clock->BootNow();
  if (!changed_at_.has_value()) changed_at_ = now;
  loop_->Cancel(timer_);
  const base::BootTime due = std::min(now + options_.quiet, *changed_at_ + options_.patience);
  timer_ = loop_->RunAfter(due - now, [this] { LoadOnceQuiet(); });
}

void Reloader::LoadOnceQuiet() {
  // Who writes without closing the file makes no event.
  const bool is_quiet = LastChangeOf(sources_) + options_.quiet <= options_.clock->WallNow();
  const bool may_wait = options_.clock->BootNow() < *changed_at_ + options_.patience;
  if (!is_quiet && may_wait) return NoteChange();
  Load();
}

void Reloader::Load() {
  loop_->Cancel(timer_);
  changed_at_ = std::nullopt;
  const absl::Time began = options_.clock->WallNow();
  // Before the reading: what changes while it goes on is told afterwards.
  Watch();
  config::Diagnostics mistakes;
  base::WatchedPaths sources;
  std::optional<Configuration> next = LoadConfiguration(
      options_.file,
      {.environment = options_.environment, .before = serving_.get(), .sources = &sources},
      &mistakes);
  const bool are_others =
      sources.files != sources_.files || sources.directories != sources_.directories;
  sources_ = std::move(sources);
  Watch();
  // Those that are new may have changed between their reading and the watch.
  if (are_others && LastChangeOf(sources_) >= began - kTick) NoteChange();
  if (next.has_value()) {
    Accept(*std::move(next), began);
  } else {
    Refuse(mistakes, began);
  }
  options_.on_end();
}

void Reloader::Refuse(const config::Diagnostics& mistakes, absl::Time began) {
  access::ConfigurationStatus status = this->status();
  status.reload_time = began;
  status.mistakes.clear();
  status.mistake_count = static_cast<int64_t>(mistakes.list().size());
  for (const config::Diagnostic& mistake : mistakes.list()) {
    if (status.mistakes.size() == kMostMistakesKept) break;
    status.mistakes.push_back(mistake.ToString());
  }
  options_.metrics->CountReload("refused");
  options_.audit
      ->Record({.action = access::AuditAction::kReload, .error = base::Reason::kInvalidArgument})
      .IgnoreError();
  options_.log->Log(
      LogLevel::kError, telemetry::kReloadEvent,
      {{telemetry::kOutcomeField, "refused"},
       {telemetry::kGenerationField, status.generation},
       {telemetry::kMistakesField, status.mistake_count},
       {telemetry::kMessageField, "nothing was changed, what was loaded before serves on"}});
  const std::size_t shown = std::min(status.mistakes.size(), kMostMistakesLogged);
  for (std::size_t i = 0; i < shown; ++i) {
    options_.log->Log(LogLevel::kError, telemetry::kReloadMistakeEvent,
                      {{telemetry::kMessageField, status.mistakes[i]}});
  }
  Publish(std::move(status));
}

void Reloader::Accept(Configuration next, absl::Time began) {
  access::ConfigurationStatus status = this->status();
  status.reload_time = began;
  status.mistakes.clear();
  status.mistake_count = 0;
  status.needs_restart = KeepWhatCannotChange(*serving_, &next);
  ConfigurationChange change = Compare(*serving_, next);
  options_.apply(next, &change);
  if (!change.empty()) {
    ++status.generation;
    status.load_time = began;
  }
  // Also where nothing differs: lines may have moved.
  serving_ = std::make_shared<const Configuration>(std::move(next));
  const char* const outcome = change.empty() ? "unchanged" : "applied";
  options_.metrics->CountReload(outcome);
  if (!change.empty()) {
    // It has happened: there is nothing to hold back.
    options_.audit->Record({.action = access::AuditAction::kReload}).IgnoreError();
  }
  options_.log->Log(
      status.needs_restart.empty() ? LogLevel::kInfo : LogLevel::kWarning, telemetry::kReloadEvent,
      {{telemetry::kOutcomeField, outcome},
       {telemetry::kGenerationField, status.generation},
       {telemetry::kConfiguredField, static_cast<int64_t>(change.configured.size())},
       {telemetry::kRemovedField, static_cast<int64_t>(change.removed.size())},
       {telemetry::kRulesField, change.rules},
       {telemetry::kNeedsRestartField, absl::StrJoin(status.needs_restart, ",")},
       {telemetry::kDurationField, absl::ToDoubleMilliseconds(options_.clock->WallNow() - began)}});
  Publish(std::move(status));
}

}  // namespace sessionbroker::app
