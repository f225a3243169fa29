#include "service/storage/sqlite_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::storage {
namespace {

constexpr char kThreadName[] = "storage";
const char kNotRun[] = "not run";

// For callers: what is wrong, not where.
const char* KindOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return "it is damaged";
    case absl::StatusCode::kResourceExhausted:
      return "its disk is full";
    case absl::StatusCode::kPermissionDenied:
      return "it may not be written";
    default:
      return "it cannot be read or written";
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& file,
                                                               const DatabaseKind& kind,
                                                               base::Scheduler* scheduler,
                                                               FailureHandler on_failure) {
  SB_ASSIGN_OR_RETURN(std::unique_ptr<SqliteDatabase> database, SqliteDatabase::Open(file, kind));
  SB_ASSIGN_OR_RETURN(std::unique_ptr<base::EventLoop> thread,
                      base::EventLoop::Create(kThreadName));
  auto store = std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(database), std::move(thread), scheduler, std::move(on_failure)));
  SB_RETURN_IF_ERROR(store->thread_->Start());
  return store;
}

SqliteStore::SqliteStore(std::unique_ptr<SqliteDatabase> database,
                         std::unique_ptr<base::EventLoop> thread, base::Scheduler* scheduler,
                         FailureHandler on_failure)
    : scheduler_(scheduler),
      on_failure_(std::move(on_failure)),
      database_(std::move(database)),
      thread_(std::move(thread)) {}

SqliteStore::~SqliteStore() { thread_->Stop(); }

void SqliteStore::Get(const std::string& key, GetCallback done) {
  Enqueue(GetCall{key, std::move(done), absl::UnknownError(kNotRun)});
}

void SqliteStore::List(Range range, ListCallback done) {
  Enqueue(ListCall{std::move(range), std::move(done), absl::UnknownError(kNotRun)});
}

void SqliteStore::Commit(Transaction transaction, CommitCallback done) {
  Enqueue(CommitCall{std::move(transaction), std::move(done), absl::UnknownError(kNotRun)});
}

void SqliteStore::Enqueue(Call call) {
  bool is_first = false;
  {
    base::MutexLock lock(&mutex_);
    is_first = waiting_.empty();
    waiting_.push_back(std::move(call));
  }
  if (is_first) thread_->Post([this] { WorkOff(); });
}

void SqliteStore::WorkOff() {
  std::vector<Call> calls;
  {
    base::MutexLock lock(&mutex_);
    calls.swap(waiting_);
  }
  if (const absl::Status status = RunAll(&calls); !status.ok()) {
    database_->Abandon();
    const absl::Status told = Tell(status);
    // What was read may be what was not written after all.
    for (Call& call : calls) {
      std::visit([&told](auto& any) { any.result = told; }, call);
    }
  }
  scheduler_->Post([calls = std::move(calls)]() mutable {
    for (Call& call : calls) {
      std::visit([](auto& any) { any.done(std::move(any.result)); }, call);
    }
  });
}

absl::Status SqliteStore::RunAll(std::vector<Call>* calls) {
  SB_RETURN_IF_ERROR(database_->Begin());
  for (Call& call : *calls) SB_RETURN_IF_ERROR(Run(&call));
  return database_->End();
}

absl::Status SqliteStore::Run(Call* call) {
  if (auto* get = std::get_if<GetCall>(call)) {
    get->result = database_->Get(get->key);
    if (!get->result.ok()) get->result = Tell(get->result.status());
  } else if (auto* list = std::get_if<ListCall>(call)) {
    list->result = database_->List(list->range);
    if (!list->result.ok()) list->result = Tell(list->result.status());
  } else if (auto* commit = std::get_if<CommitCall>(call)) {
    const absl::Status checked = CheckTransaction(commit->transaction);
    if (!checked.ok()) {
      commit->result = checked;
      return absl::OkStatus();
    }
    commit->result = database_->Apply(commit->transaction);
    return commit->result.status();
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::Tell(const absl::Status& status) const {
  if (on_failure_) on_failure_(status);
  return base::MakeError(base::Reason::kStoreUnavailable,
                         absl::StrCat("the broker's own store cannot be used: ", KindOf(status)));
}

}  // namespace sessionbroker::storage
