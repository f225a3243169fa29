#include "service/calls/verdict.h"

#include "service/login/answer.h"

namespace sessionbroker::calls {

Verdict Judge(const login::Program& program, const http::Response& response) {
  const login::CallRules& rules = program.call();
  const login::Answer answer = login::Answer::Read(response, rules.sources);
  Verdict verdict;
  verdict.rule = login::FirstRuleThatHolds(rules.answers, answer);
  if (!verdict.rule.has_value()) return verdict;
  const login::AnswerRule& rule = rules.answers[*verdict.rule];
  verdict.outcome = rule.then;
  verdict.after_retry = rule.after_retry;
  return verdict;
}

}  // namespace sessionbroker::calls
