#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATION_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "service/crypto/random.h"
#include "service/login/expression/limits.h"

namespace sessionbroker::login {

// What evaluating draws on besides values: randomness, and work, of which there is so much and no
// more. All that is evaluated with one of these shares the bound: a step of a login has one. Not
// thread-safe.
class Evaluation {
 public:
  // `random` must outlive it.
  explicit Evaluation(crypto::RandomSource& random, int64_t max_work = kMaxEvaluationWork)
      : random_(&random), max_work_(max_work) {}

  // Notes work about to be done, not negative: OUT_OF_RANGE, with the limit and what it would come
  // to, if it would be too much.
  absl::Status Charge(int64_t work);

  crypto::RandomSource& random() { return *random_; }

 private:
  crypto::RandomSource* random_;
  int64_t max_work_;
  int64_t work_ = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EVALUATION_H_
