#include "tests/simulator/icash.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/digest.h"
#include "tests/simulator/php_json.h"

namespace sessionbroker::simulator {
namespace {

constexpr char kLogin[] = "/clientapi/v1/login";
constexpr char kAuthenticationError[] = "Authentication Error";
constexpr char kGetOperation[] = "/clientapi/v1/getoperation";

std::string Field(const Request& request, const char* name) {
  return request.form.Get(name).value_or("");
}

// A decimal number as the vendor's code sends it; -1 for anything else.
int64_t Decimal(const std::string& text) {
  int64_t number = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  return digits && absl::SimpleAtoi(text, &number) ? number : -1;
}

Reply IcashJson(const nlohmann::ordered_json& body, const std::string& outcome) {
  Reply reply;
  reply.content_type = kJsonType;
  reply.body = PhpJson(body);
  reply.outcome = outcome;
  return reply;
}

Settings IcashSettings() {
  Settings settings;
  settings.session_idle = absl::Hours(24);
  return settings;
}

}  // namespace

IcashFamily::IcashFamily(const Clock& clock) : FamilyState(clock, IcashSettings()) {}

bool IcashFamily::Serves(absl::string_view resource) const {
  return resource == kLogin || resource == kGetOperation;
}

std::string IcashFamily::Operation(const Request& request) const {
  return request.resource() == kLogin ? "login" : "getoperation";
}

void IcashFamily::Arrive(Request& request) {
  MutexLock lock(mutex_);
  const std::string api_key = Field(request, "api_key");
  const int64_t nonce = Decimal(Field(request, "nonce"));
  if (nonce < 0 || users_.Find(api_key) == nullptr) return;
  const auto [last, first] = nonces_.try_emplace(api_key, nonce);
  request.nonce_not_risen = !first && nonce <= last->second;
  last->second = std::max(last->second, nonce);
}

Reply IcashFamily::Answer(const Request& request) {
  if (request.method != "POST") return Failure(request, "Wrong request", "wrong_method");
  for (const char* name : {"api_key", "nonce", "signature", "WareHouseID", "UserID"}) {
    if (Field(request, name).empty()) {
      return Failure(request, absl::StrCat("Missing value for ", name), "missing_value");
    }
  }
  for (const char* name : {"nonce", "WareHouseID", "UserID"}) {
    if (Decimal(Field(request, name)) < 0) {
      return Failure(request, absl::StrCat("Wrong value for ", name), "wrong_value");
    }
  }
  const std::string api_key = Field(request, "api_key");
  const std::string nonce = Field(request, "nonce");
  const User* user = users_.Find(api_key);
  if (user == nullptr || !user->active || !user->access_key)
    return Failure(request, kAuthenticationError, "unknown_key");
  if (request.pretence == Pretence::kExpiredChallenge) {
    nonces_[api_key] = std::max(nonces_[api_key], Decimal(nonce) + 30);
    return Failure(request, kAuthenticationError, "nonce_taken");
  }
  if (request.nonce_not_risen) return Failure(request, kAuthenticationError, "nonce_not_risen");
  const std::string signature = absl::AsciiStrToUpper(HmacSha256Hex(
      *user->access_key, absl::StrCat(nonce, Field(request, "WareHouseID"), api_key)));
  if (request.pretence == Pretence::kWrongCredentials || Field(request, "signature") != signature) {
    return Failure(request, kAuthenticationError, "wrong_signature");
  }
  return request.resource() == kLogin ? Login(request) : GetOperation(request);
}

Reply IcashFamily::Login(const Request& request) {
  const std::string id = ids_.HexSession(16);
  sessions_[id] = {Field(request, "api_key"), Now()};
  Own(id, Field(request, "api_key"));
  return Success(request, "session_id", id);
}

Reply IcashFamily::GetOperation(const Request& request) {
  const std::string id = Field(request, "ses");
  if (id.empty()) return Failure(request, "Missing value for ses", "missing_value");
  if (request.pretence == Pretence::kDeadSession) sessions_.erase(id);
  const auto session = sessions_.find(id);
  if (session == sessions_.end() || session->second.api_key != Field(request, "api_key") ||
      Now() - session->second.last_use >= settings_.session_idle) {
    return Failure(request, kAuthenticationError, "wrong_session");
  }
  session->second.last_use = Now();
  const std::string operation = Field(request, "OperationID");
  if (Decimal(operation) < 0) {
    return Failure(request, "Wrong value for OperationID", "wrong_value");
  }
  return Success(request, "OperationID", operation);
}

std::string IcashFamily::Echo(const Request& request) {
  const std::string nonce = Field(request, "nonce");
  return settings_.echo_wrong_nonce ? absl::StrCat(Decimal(nonce) + 1) : nonce;
}

Reply IcashFamily::Success(const Request& request, const std::string& name,
                           const std::string& value) {
  return IcashJson({{"nonce", Echo(request)}, {"status", 1}, {"data", {{name, value}}}}, "ok");
}

Reply IcashFamily::Failure(const Request& request, const std::string& message,
                           const std::string& outcome) {
  nlohmann::ordered_json body = {{"nonce", Echo(request)}, {"status", 0}};
  if (!settings_.omit_error_message) body["error_message"] = message;
  return IcashJson(body, outcome);
}

std::string IcashFamily::SessionIn(const Request& request) const { return Field(request, "ses"); }

void IcashFamily::KillSessions(SessionEnd end, const std::string& user) {
  static_cast<void>(end);  // Nobody could tell them apart.
  MutexLock lock(mutex_);
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    session = IsOf(session->first, user) ? sessions_.erase(session) : ++session;
  }
}

void IcashFamily::Forget() {
  sessions_.clear();
  nonces_.clear();
}

}  // namespace sessionbroker::simulator
