#ifndef SESSIONBROKER_TESTS_TESTING_SCRIPTED_SERVER_H_
#define SESSIONBROKER_TESTS_TESTING_SCRIPTED_SERVER_H_

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "service/base/mutex.h"
#include "tests/testing/raw_server.h"

namespace sessionbroker::testing {

// A request as it came.
struct ReceivedRequest {
  std::string method;
  std::string target;  // Path and query, still percent-encoded.
  // In their order; names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

using TextMatcher = ::testing::Matcher<const std::string&>;

// What a script expects of a request, and what it answers, byte for byte.
struct ScriptedExchange {
  TextMatcher method = "GET";
  TextMatcher target = ::testing::_;
  // By name in lower case; all of one name are looked at as one, with ", " between them, and as ""
  // where there is none.
  std::vector<std::pair<std::string, TextMatcher>> headers = {};
  TextMatcher body = "";
  std::string answer = {};
};

// The bytes of an answer with a Content-Length; headers are whole lines: "Set-Cookie: uid=1".
std::string HttpAnswer(int status, const std::string& body,
                       const std::vector<std::string>& headers = {});

// Plays a script over however many connections: each request must be what the next exchange
// expects. Another is answered 500, and Finish() fails the test with every difference. Thread-safe.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<ScriptedExchange> script);
  // As Finish().
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:port" and the path.
  std::string Url(absl::string_view path = "") const { return server_.Url(path); }

  // Fails the test where a request differed from the script, and where the script is not through.
  void Finish() ABSL_LOCKS_EXCLUDED(mutex_);
  // What is wrong so far, readable; empty where nothing is.
  std::string Differences() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::string Answer(const ReceivedRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::vector<ScriptedExchange> script_;
  mutable base::Mutex mutex_;
  std::size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string differences_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  RawServer server_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_SCRIPTED_SERVER_H_
