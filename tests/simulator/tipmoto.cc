#include "tests/simulator/tipmoto.h"

#include <array>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/simulator/digest.h"
#include "tests/simulator/multipart.h"

namespace sessionbroker::simulator {
namespace {

constexpr std::array<const char*, 5> kTipmotoOperations = {"gethash", "login", "testsessionid",
                                                           "lists", "orders"};
constexpr size_t kIdBytes = 32;

// "gethash" and "json" of "/gethash.json".
std::pair<std::string, std::string> Split(absl::string_view resource) {
  absl::ConsumePrefix(&resource, "/");
  return absl::StrSplit(resource, absl::MaxSplits('.', 1));
}

Reply TipmotoSuccess(TipmotoFormat format, const Pairs& members) {
  Reply reply;
  reply.content_type = ContentTypeOf(format);
  reply.body = WriteTipmoto(format, members);
  return reply;
}

// With ?no-http-errors=true the error is in the body alone.
Reply Failure(const Request& request, TipmotoFormat format, int status,
              const std::string& message) {
  Reply reply;
  reply.status = request.query.Get("no-http-errors").value_or("") == "true" ? 200 : status;
  reply.content_type = ContentTypeOf(format);
  reply.body = WriteTipmotoError(format, message);
  reply.outcome = absl::StrCat("http_", status);
  return reply;
}

// What the request asks with, or the status that it is refused with.
std::optional<Params> Document(const Request& request, TipmotoFormat format, int& status) {
  status = 400;
  if (request.method == "GET") return request.query;
  if (format == TipmotoFormat::kHtml || (request.method != "PUT" && request.method != "POST")) {
    status = 405;
    return std::nullopt;
  }
  if (request.method == "PUT") return ParseTipmoto(format, request.body);
  const std::optional<Pairs> fields =
      ParseMultipart(request.Header("Content-Type").value_or(""), request.body);
  if (!fields || fields->size() != 1 || fields->front().first != "tipmoto") return std::nullopt;
  return ParseTipmoto(format, fields->front().second);
}

// A caller appends it to the URL of every request, whatever the method.
std::string SessionOf(const Request& request, const Params& document) {
  return request.query.Get("sessionid").value_or(document.Get("sessionid").value_or(""));
}

Settings TipmotoSettings() {
  Settings settings;
  settings.challenge_life = absl::Minutes(10);
  settings.session_idle = absl::Minutes(10);
  return settings;
}

}  // namespace

TipmotoFamily::TipmotoFamily(const Clock& clock) : FamilyState(clock, TipmotoSettings()) {}

bool TipmotoFamily::Serves(absl::string_view resource) const {
  return absl::c_linear_search(kTipmotoOperations, Split(resource).first);
}

std::string TipmotoFamily::Operation(const Request& request) const {
  return Split(request.resource()).first;
}

Reply TipmotoFamily::Answer(const Request& request) {
  const auto [operation, extension] = Split(request.resource());
  const std::optional<TipmotoFormat> format = TipmotoFormatOf(extension);
  if (!format) return Failure(request, TipmotoFormat::kHtml, 406, "Neznámý formát");
  int status = 0;
  const std::optional<Params> document = Document(request, *format, status);
  if (!document) return Failure(request, *format, status, "Chybný požadavek");
  if (operation == "gethash") return GetHash(request, *format, *document);
  if (operation == "login") return Login(request, *format, *document);
  if (operation == "testsessionid") return TestSessionId(request, *format, *document);
  if (operation == "orders") return Orders(request, *format, *document);
  return TipmotoSuccess(*format, {{"lists", "stavy"}});
}

Reply TipmotoFamily::Orders(const Request& request, TipmotoFormat format, const Params& document) {
  if (!HasBasic(request)) {
    Reply refused = TestSessionId(request, format, document);
    if (refused.outcome != "ok") return refused;
  }
  return TipmotoSuccess(format, {{"orders", document.Get("order").value_or("")}});
}

bool TipmotoFamily::HasBasic(const Request& request) {
  const std::string header = request.Header("Authorization").value_or("");
  absl::string_view encoded = header;
  std::string decoded;
  if (!absl::ConsumePrefix(&encoded, "Basic ") || !absl::Base64Unescape(encoded, &decoded)) {
    return false;
  }
  const std::pair<std::string, std::string> name_and_password =
      absl::StrSplit(decoded, absl::MaxSplits(':', 1));
  const User* user = users_.Find(name_and_password.first);
  return user != nullptr && user->active && user->access_key == name_and_password.second;
}

Reply TipmotoFamily::GetHash(const Request& request, TipmotoFormat format, const Params& document) {
  const std::string login = document.Get("login").value_or("");
  if (login.empty()) return Failure(request, format, 400, "Chybí login");
  if (users_.Find(login) == nullptr) return Failure(request, format, 403, "Neznámý login");
  const std::string id = ids_.HexSession(kIdBytes);
  const std::string hashkey = ids_.HexToken(kIdBytes);
  sessions_[id] = {login, hashkey, request.client_address, Now()};
  return TipmotoSuccess(format, {{"sessionid", id}, {"hashkey", hashkey}});
}

Reply TipmotoFamily::Login(const Request& request, TipmotoFormat format, const Params& document) {
  const std::string id = document.Get("sessionid").value_or("");
  if (request.pretence == Pretence::kExpiredChallenge) sessions_.erase(id);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.client_address != request.client_address ||
      Now() - found->second.last_use >= settings_.challenge_life) {
    return Failure(request, format, settings_.dead_session_status, "Neplatné sessionid");
  }
  Session& session = found->second;
  const User* user = users_.Find(session.login);
  if (user == nullptr || !user->active || !user->access_key ||
      request.pretence == Pretence::kWrongCredentials ||
      document.Get("password").value_or("") !=
          Sha512Hex(absl::StrCat(session.login, Sha512Hex(*user->access_key), session.hashkey))) {
    return Failure(request, format, 403, "Chybné přihlašovací údaje");
  }
  session.logged_in = true;
  Own(id, session.login);
  session.last_use = Now();
  return TipmotoSuccess(format, {});
}

Reply TipmotoFamily::TestSessionId(const Request& request, TipmotoFormat format,
                                   const Params& document) {
  const std::string id = SessionOf(request, document);
  if (request.pretence == Pretence::kDeadSession) sessions_.erase(id);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !found->second.logged_in ||
      found->second.client_address != request.client_address ||
      Now() - found->second.last_use >= settings_.session_idle) {
    return Failure(request, format, settings_.dead_session_status, "Nejste přihlášeni");
  }
  found->second.last_use = Now();
  return TipmotoSuccess(format, {});
}

void TipmotoFamily::Drop(bool logged_in, const std::string& user) {
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    const bool drop =
        session->second.logged_in == logged_in && (user.empty() || session->second.login == user);
    session = drop ? sessions_.erase(session) : ++session;
  }
}

std::string TipmotoFamily::SessionIn(const Request& request) const {
  int status = 0;
  const auto format = TipmotoFormatOf(Split(request.resource()).second);
  const std::optional<Params> document = format ? Document(request, *format, status) : std::nullopt;
  return document ? SessionOf(request, *document) : "";
}

void TipmotoFamily::KillSessions(SessionEnd end, const std::string& user) {
  static_cast<void>(end);  // Nobody could tell them apart.
  MutexLock lock(mutex_);
  Drop(/*logged_in=*/true, user);
}

void TipmotoFamily::ExpireChallenges() {
  MutexLock lock(mutex_);
  Drop(/*logged_in=*/false, /*user=*/"");
}

void TipmotoFamily::Forget() { sessions_.clear(); }

}  // namespace sessionbroker::simulator
