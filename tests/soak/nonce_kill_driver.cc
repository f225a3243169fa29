// Takes nonces of several keys as fast as it gets them, and appends each to a file the moment it
// has it, as a provider would see it. Ends when it is killed, or after as many as it was told.
//
// usage: nonce_kill_driver STATE_DIRECTORY FILE KEYS COUNT

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <latch>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/base/event_loop.h"
#include "service/base/file_descriptor.h"
#include "service/base/system_clock.h"
#include "service/nonces/sequencer.h"
#include "service/storage/sqlite_store.h"
#include "service/storage/state_directory.h"

namespace sessionbroker {
namespace {

int Fail(const absl::Status& status) {
  std::cerr << "nonce_kill_driver: " << status.message() << "\n";
  return 1;
}

// All of it but the latch belongs to the event loop's thread.
class Taker {
 public:
  Taker(nonces::Sequencer* sequencer, int fd, int count)
      : sequencer_(sequencer), fd_(fd), left_(count), done_(count) {}

  // The next one of `key`, over and over.
  void Take(int key) {
    if (left_ == 0) return;
    --left_;
    // The keys that are even count, the odd ones follow the time, which here runs a thousand times
    // too slow for them: max_ahead is not what is looked at.
    const nonces::SequenceSpec spec = {.unit = key % 2 == 0 ? nonces::SequenceSpec::Unit::kCount
                                                            : nonces::SequenceSpec::Unit::kSeconds,
                                       .start = 1,
                                       .max_ahead = absl::Hours(24 * 365)};
    sequencer_->Reserve({"https://provider.example", absl::StrCat("key-", key)}, spec, std::nullopt,
                        [this, key](absl::StatusOr<int64_t> value) {
                          Arrived(key, value);
                          done_.count_down();
                          Take(key);
                        });
  }

  void Wait() { done_.wait(); }

 private:
  void Arrived(int key, const absl::StatusOr<int64_t>& value) const {
    const std::string line = value.ok() ? absl::StrCat(key, " ", *value, "\n")
                                        : absl::StrCat("error ", value.status().message(), "\n");
    if (write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  }

  nonces::Sequencer* const sequencer_;
  const int fd_;
  int left_;
  std::latch done_;
};

int Run(const std::string& state, const std::string& file, int keys, int count) {
  const auto directory = storage::StateDirectory::Open(state);
  if (!directory.ok()) return Fail(directory.status());
  const base::SystemClock clock;
  const auto loop = base::EventLoop::Create();
  if (!loop.ok()) return Fail(loop.status());
  const auto store = storage::SqliteStore::Open(absl::StrCat(state, "/durable.db"),
                                                storage::kDurableState, loop->get(), nullptr);
  if (!store.ok()) return Fail(store.status());
  const base::FileDescriptor fd(
      open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd.valid()) return Fail(absl::ErrnoToStatus(errno, file));
  nonces::Sequencer sequencer(store->get(), loop->get(), &clock);
  Taker taker(&sequencer, fd.get(), count);
  if (const absl::Status started = (*loop)->Start(); !started.ok()) return Fail(started);
  (*loop)->Post([&taker, keys] {
    for (int key = 0; key < keys; ++key) taker.Take(key);
  });
  taker.Wait();
  (*loop)->Stop();
  return 0;
}

}  // namespace
}  // namespace sessionbroker

int main(int argc, char** argv) {
  int keys = 0;
  int count = 0;
  if (argc != 5 || !absl::SimpleAtoi(argv[3], &keys) || !absl::SimpleAtoi(argv[4], &count)) {
    std::cerr << "usage: nonce_kill_driver STATE_DIRECTORY FILE KEYS COUNT\n";
    return 2;
  }
  return sessionbroker::Run(argv[1], argv[2], keys, count);
}
