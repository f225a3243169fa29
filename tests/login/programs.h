#ifndef SESSIONBROKER_TESTS_LOGIN_PROGRAMS_H_
#define SESSIONBROKER_TESTS_LOGIN_PROGRAMS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "service/login/account.h"
#include "service/login/grant.h"
#include "service/login/program.h"

namespace sessionbroker::login {

// A definition with two steps, "challenge" and "login", that sends a digest over its challenge;
// with probe and logout.
extern const char kChallengeDefinition[];

// Compiles a definition. Aborts the test program with the diagnostics where it is wrong.
std::shared_ptr<const Program> MustCompile(absl::string_view yaml);

// A definition that is built in.
std::shared_ptr<const Program> Builtin(const std::string& provider);

// An account "acme" of the program at https://example.com.
std::shared_ptr<Account> MakeAccount(std::shared_ptr<const Program> program,
                                     std::map<std::string, std::string> parameters,
                                     const std::map<std::string, std::string>& secrets);

// A session of that definition's, with attributes, bound to a User-Agent.
std::shared_ptr<const Grant> SessionWithId(absl::string_view id);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_TESTS_LOGIN_PROGRAMS_H_
