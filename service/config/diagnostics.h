#ifndef SESSIONBROKER_SERVICE_CONFIG_DIAGNOSTICS_H_
#define SESSIONBROKER_SERVICE_CONFIG_DIAGNOSTICS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::config {

// A place in a file.
struct Position {
  // 1-based; 0: the whole file.
  int line = 0;
  // 1-based, in bytes; 0: the whole line.
  int column = 0;
};

// One mistake that a person can find and mend.
struct Diagnostic {
  std::string file;
  Position position;
  // The field, e.g. "accounts[2].base_url"; empty: the whole file.
  std::string path;
  // What is wrong, what was expected, the actual; never a secret.
  std::string message;

  // "file:line:column: path: message", without the parts that are unknown.
  std::string ToString() const;
};

// All mistakes of one load. Not thread-safe.
class Diagnostics {
 public:
  void Add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
  bool empty() const { return list_.empty(); }
  const std::vector<Diagnostic>& list() const { return list_; }
  // Orders the mistakes of each file by place; the files stay in the order in which they came.
  void Sort();
  // One a line, each with its line end.
  std::string ToString() const;

 private:
  std::vector<Diagnostic> list_;
};

// A value of a file in a message: in quotes, escaped; of more than 40 bytes only the size.
std::string Shown(absl::string_view text);

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_DIAGNOSTICS_H_
