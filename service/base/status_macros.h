#ifndef SESSIONBROKER_SERVICE_BASE_STATUS_MACROS_H_
#define SESSIONBROKER_SERVICE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expr` from the enclosing function unless it is ok.
#define SB_RETURN_IF_ERROR(expr)                                            \
  do {                                                                      \
    if (absl::Status sb_status = (expr); !sb_status.ok()) return sb_status; \
  } while (false)

// Assigns the value of `expr`, a StatusOr, to `lhs`, or returns its status.
#define SB_ASSIGN_OR_RETURN(lhs, expr) \
  SB_ASSIGN_OR_RETURN_IMPL_(SB_CONCAT_(sb_statusor_, __LINE__), lhs, expr)

#define SB_CONCAT_INNER_(a, b) a##b
#define SB_CONCAT_(a, b) SB_CONCAT_INNER_(a, b)
#define SB_ASSIGN_OR_RETURN_IMPL_(statusor, lhs, expr)     \
  auto statusor = (expr);                                  \
  if (!statusor.ok()) return std::move(statusor).status(); \
  lhs = *std::move(statusor)

#endif  // SESSIONBROKER_SERVICE_BASE_STATUS_MACROS_H_
