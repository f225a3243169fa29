#ifndef SESSIONBROKER_SERVICE_CALLS_COMPLETION_H_
#define SESSIONBROKER_SERVICE_CALLS_COMPLETION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/calls/request.h"
#include "service/calls/request_check.h"
#include "service/crypto/random.h"
#include "service/http/message.h"
#include "service/login/account.h"
#include "service/login/additions.h"
#include "service/login/grant.h"
#include "service/login/sensitive_texts.h"
#include "service/login/sequence_source.h"

// A caller's request made complete: what the session attaches to it and what the definition signs
// it with or injects, each in its place. No I/O. Thread-safe.
//
//   CheckRequest(request, ReservedBy(program), limits)
//   for (need : NumbersFor(account)) numbers[need.sequence] = reserve need.number
//   Complete(account, request, {…, numbers, …}) → send it, or hand it out
namespace sessionbroker::calls {

// What callers must not set themselves in a request to this provider: each name that a session, a
// signature or an injected value has, whatever the request's method.
ReservedNames ReservedBy(const login::Program& program);

// Who sends the request when it is complete.
enum class Sender { kCaller, kBroker };

// Whether a request to this provider may be sent so: kInjectOnly where the caller would send what
// must not leave the broker.
absl::Status CheckSender(const login::Program& program, Sender sender);

// A number that a request to the account's provider needs.
struct NumberNeed {
  // As the definition calls it.
  std::string sequence;
  login::NumberRequest number;
  // Requests with one of these are sent one at a time.
  bool in_order = false;
  // Once the number N was refused, ask for one with `number.above` = N + raise_by.
  int64_t raise_by = 0;
};

// In the order of the sequences' names. kProviderProtocolError: the account's parameters give one
// no key.
absl::StatusOr<std::vector<NumberNeed>> NumbersFor(const login::Account& account);

// What a request is completed with.
struct Ingredients {
  // Required where the provider has sessions; one that its program gave.
  const login::Grant* session = nullptr;
  // By sequence: one for each of NumbersFor, used for no other request.
  std::map<std::string, int64_t> numbers;
  // The broker's wall clock.
  absl::Time now;
  // Required.
  crypto::RandomSource* random = nullptr;
  Sender sender = Sender::kBroker;
  // The broker's own, for what it sends itself. A session that is tied to one comes before it, and
  // so does a caller's own header.
  absl::string_view user_agent;
};

// A request as it must be sent. May hold secrets.
struct CompletedRequest {
  // With every header but Host and Content-Length.
  http::Request request;
  // What of it was not in the caller's, in this order. Not Content-Type and User-Agent.
  std::vector<login::Added> added;
  // The secrets in it, none of which an answer may bring to the caller; nullptr: there are none.
  std::shared_ptr<const login::SensitiveTexts> secrets;
};

// Completes a request that CheckRequest and CheckSender have let pass. kInvalidArgument, with what
// and never a value, where it cannot be: something must go into a form and the body is none, or
// into a JSON document, path segment or cookie that is not there or does not take it; the caller
// gives another User-Agent than the session is tied to; there is nothing that a signature could
// cover; an expression of the definition cannot be computed for it.
absl::StatusOr<CompletedRequest> Complete(const login::Account& account, const Request& request,
                                          const Ingredients& ingredients);

}  // namespace sessionbroker::calls

#endif  // SESSIONBROKER_SERVICE_CALLS_COMPLETION_H_
