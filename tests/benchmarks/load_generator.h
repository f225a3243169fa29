#ifndef SESSIONBROKER_TESTS_BENCHMARKS_LOAD_GENERATOR_H_
#define SESSIONBROKER_TESTS_BENCHMARKS_LOAD_GENERATOR_H_

#include <grpcpp/security/credentials.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sessionbroker::benchmarks {

// How hard to press.
struct Load {
  int connections = 4;
  // Calls under way at once on each connection.
  int calls_per_connection = 16;
};

// Calls one unary method of one server over and over with the same bytes. Belongs to one thread.
class LoadGenerator {
 public:
  // `request` is the serialized message; `method` is "/package.Service/Method".
  LoadGenerator(const std::string& address,
                const std::shared_ptr<grpc::ChannelCredentials>& credentials, std::string method,
                const std::string& request, const Load& load);
  ~LoadGenerator();

  struct Result {
    int64_t calls = 0;
    absl::Duration elapsed;
    // Of each answer, in bytes.
    std::size_t message_size = 0;
  };

  // Calls for `duration`, then waits for the last answers. INTERNAL with the first call that fails,
  // or whose answer has another size than the first.
  absl::StatusOr<Result> Run(absl::Duration duration);

 private:
  struct Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace sessionbroker::benchmarks

#endif  // SESSIONBROKER_TESTS_BENCHMARKS_LOAD_GENERATOR_H_
