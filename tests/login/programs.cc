#include "tests/login/programs.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/config/diagnostics.h"
#include "service/login/definitions.h"

namespace sessionbroker::login {
namespace {

[[noreturn]] void Abort(const std::string& why) {
  std::cerr << why << std::endl;
  std::abort();
}

}  // namespace

const char kChallengeDefinition[] = R"yaml(
schema: 1
provider: demo
account: {username: The name.}
secrets: {key: The key.}
login:
  - step: challenge
    request: {method: GET, path: /challenge, query: {user: "${account.username}"}}
    answers:
      - {when: {status: 200, "json:/ok": true}, then: ok}
      - {when: {"json:/error": unknown}, then: credentials_rejected}
      - {when: {"json:/error": busy}, then: transient}
      - {when: {"json:/error": gone}, then: permanent}
    extract:
      token: json:/token
      life: {from: json:/life, type: int, optional: true}
    check: [token != "bad"]
    valid_for: "seconds(has(life) ? life : 300)"
  - step: login
    request:
      method: POST
      path: /login
      form:
        user: ${account.username}
        proof: ${hex(sha256(token + secret.key))}
    answers:
      - {when: {"json:/ok": true}, then: ok}
      - {when: {"json:/error": stale}, then: challenge_stale}
      - {when: {"json:/error": wrong}, then: challenge_stale, after_retry: credentials_rejected}
      - {when: {"json:/error": dead}, then: challenge_stale, after_retry: permanent}
    extract:
      session_id: json:/session
      owner: {from: json:/owner, optional: true}
session:
  id: ${session_id}
  attributes:
    owner: '${has(owner) ? owner : ""}'
    kind: demo
  attach:
    - {query: sid, methods: [GET]}
    - {header: Authorization, value: "Demo ${session_id}"}
  idle: 10m
  absolute: 8h
  bound_to: [user_agent, client_address]
probe:
  request: {method: GET, path: /probe, query: {sid: "${session.id}"}}
  answers:
    - {when: {status: 200}, then: ok}
    - {when: {status: 401}, then: session_expired}
    - {when: {status: 423}, then: locked, extract: {left: {from: json:/left, type: int}}, wait: seconds(left)}
    - {when: {status: 503}, then: transient}
    - {when: {status: 410}, then: permanent}
  extract: {who: {from: json:/owner, optional: true}}
  check: ["!has(who) || who == session.owner"]
logout:
  request: {method: DELETE, path: "/sessions/${session.id}"}
  answers:
    - {when: {status: 200}, then: ok}
    - {when: {status: 404}, then: session_expired}
    - {when: {status: 503}, then: transient}
)yaml";

std::shared_ptr<const Program> MustCompile(absl::string_view yaml) {
  config::Diagnostics diagnostics;
  std::shared_ptr<const Program> program = LoadDefinition("test", yaml, &diagnostics);
  if (program == nullptr) Abort(diagnostics.ToString());
  return program;
}

std::shared_ptr<const Program> Builtin(const std::string& provider) {
  config::Diagnostics diagnostics;
  const auto set = DefinitionSet::Load({}, &diagnostics);
  if (set == nullptr) Abort(diagnostics.ToString());
  const auto program = set->Find(provider);
  if (!program.ok()) Abort(program.status().ToString());
  return *program;
}

std::shared_ptr<Account> MakeAccount(std::shared_ptr<const Program> program,
                                     std::map<std::string, std::string> parameters,
                                     const std::map<std::string, std::string>& secrets) {
  auto account = std::make_shared<Account>();
  account->id = {program->provider(), "acme"};
  account->program = std::move(program);
  account->base_url = "https://example.com";
  account->parameters = std::move(parameters);
  for (const auto& [name, secret] : secrets) {
    account->secrets.emplace(name, secrets::Secret(secret));
  }
  return account;
}

std::shared_ptr<const Grant> SessionWithId(absl::string_view id) {
  auto grant = std::make_shared<Grant>();
  grant->id = secrets::Secret(id);
  grant->attributes = {{"owner", "19x1"}, {"kind", "demo"}};
  grant->attachments = {
      {Location::kQuery, "sid", grant->id, {"GET"}},
      {Location::kHeader, "Authorization", secrets::Secret(absl::StrCat("Demo ", id)), {}}};
  grant->idle = absl::Minutes(10);
  grant->bound_user_agent = "agent of its login/1";
  return grant;
}

}  // namespace sessionbroker::login
