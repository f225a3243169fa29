#include "service/login/expression/evaluation.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace sessionbroker::login {

absl::Status Evaluation::Charge(int64_t work) {
  int64_t total = 0;
  if (__builtin_add_overflow(work_, work, &total)) total = std::numeric_limits<int64_t>::max();
  if (total > max_work_) {
    return absl::OutOfRangeError(absl::StrCat("the expressions of a step may take work of ",
                                              max_work_, " together, with this it would be ", total,
                                              " or more"));
  }
  work_ = total;
  return absl::OkStatus();
}

}  // namespace sessionbroker::login
