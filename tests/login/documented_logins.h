#ifndef SESSIONBROKER_TESTS_LOGIN_DOCUMENTED_LOGINS_H_
#define SESSIONBROKER_TESTS_LOGIN_DOCUMENTED_LOGINS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// The examples of docs/providers.md: pieces of definitions, what providers answer, and what becomes
// of it. They stand there in three forms.
//
// A piece and logins with it, one a line, ANSWER [then ANSWER…] → RESULT[, RESULT…]; `probe` or
// `logout` before the ANSWER is one of those:
//
//   ```yaml
//   absolute: ${seconds(ttl)}
//   extract: {ttl: {from: json:/ttl, type: int}}
//   ```
//   ```text
//   200 {"ttl":60} → ends in 1m
//   ```
//
// `call METHOD TARGET [BODY]` in place of the ANSWERs is a caller's request in the session "s1",
// its body a form unless it begins with "{"; the RESULT is what is sent. `call ANSWER` is what a
// caller's request is answered.
//
// A piece and the body that it makes, which has no "→". And the rows of the table on lives:
// what the provider tells, what to write, ANSWER, RESULT.

// One login, or several of one account that follow each other.
struct DocumentedLogins {
  // The piece, as the page has it.
  std::string piece;
  // Of several logins, a line each; of a body, its text; see above.
  std::vector<std::string> lines;
  std::string body;
};

// All of the page, in its order.
std::vector<DocumentedLogins> ReadDocumentedLogins(absl::string_view page);

// The definition that a piece is a part of: what it lacks is added, a step named "s" with the
// request GET /login?u=USER, and one named "end" that brings the session "s1". A piece that is a
// whole definition stays as it is.
std::string DefinitionWith(const std::string& piece);

// Goes through the logins and says, one a line, what is not as the page says; "" for nothing.
// The account has user "jane", and "s3cr3t-k3y" as each of its secrets; its base URL is
// https://example.com. It is 2026-11-21T19:42:20Z, and each request takes a second. `definition` is
// what was executed.
std::string Play(const DocumentedLogins& logins, definition::v1::Definition* definition);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_TESTS_LOGIN_DOCUMENTED_LOGINS_H_
