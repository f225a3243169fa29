#ifndef SESSIONBROKER_SERVICE_ACCESS_CALLER_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALLER_H_

#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// Who calls, as far as the connection proves it. A value.
class Caller {
 public:
  enum class Kind {
    // A process that reaches the broker over a loopback address or a Unix socket.
    kLoopback,
  };

  static Caller Loopback() { return Caller(Kind::kLoopback); }

  Kind kind() const { return kind_; }

  // As rules and logs write it: "loopback".
  absl::string_view ToString() const;

  friend bool operator==(const Caller& a, const Caller& b) { return a.kind_ == b.kind_; }

 private:
  explicit Caller(Kind kind) : kind_(kind) {}

  Kind kind_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALLER_H_
