#include "tests/testing/scripted_server.h"

#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace sessionbroker::testing {
namespace {

ReceivedRequest Parse(const std::string& bytes) {
  ReceivedRequest request;
  const std::size_t end_of_head = bytes.find("\r\n\r\n");
  request.body = bytes.substr(end_of_head + 4);
  const std::vector<std::string> lines =
      absl::StrSplit(bytes.substr(0, end_of_head), absl::ByString("\r\n"));
  const std::vector<std::string> first = absl::StrSplit(lines[0], ' ');
  request.method = first[0];
  if (first.size() > 1) request.target = first[1];
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    request.headers.emplace_back(absl::AsciiStrToLower(field.first),
                                 absl::StripAsciiWhitespace(field.second));
  }
  return request;
}

std::string HeaderOf(const ReceivedRequest& request, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : request.headers) {
    if (key == name) values.push_back(value);
  }
  return absl::StrJoin(values, ", ");
}

// A line that tells how `actual` differs, or nothing.
std::string Difference(const std::string& what, const TextMatcher& expected,
                       const std::string& actual) {
  if (expected.Matches(actual)) return "";
  std::ostringstream line;
  line << "  " << what << ": ";
  expected.DescribeTo(&line);
  line << "\n    got " << ::testing::PrintToString(actual) << "\n";
  return line.str();
}

std::string Differences(const ScriptedExchange& expected, const ReceivedRequest& request) {
  std::string differences = absl::StrCat(Difference("method", expected.method, request.method),
                                         Difference("target", expected.target, request.target));
  for (const auto& [name, value] : expected.headers) {
    absl::StrAppend(&differences,
                    Difference(absl::StrCat("header ", name), value, HeaderOf(request, name)));
  }
  return absl::StrCat(differences, Difference("body", expected.body, request.body));
}

}  // namespace

std::string HttpAnswer(int status, const std::string& body,
                       const std::vector<std::string>& headers) {
  std::string answer = absl::StrCat("HTTP/1.1 ", status, " Scripted\r\n");
  for (const std::string& header : headers) absl::StrAppend(&answer, header, "\r\n");
  return absl::StrCat(answer, "Content-Length: ", body.size(), "\r\n\r\n", body);
}

ScriptedServer::ScriptedServer(std::vector<ScriptedExchange> script)
    : script_(std::move(script)), server_([this](RawConnection& connection) {
        for (std::string bytes = connection.ReadRequest(); !bytes.empty();
             bytes = connection.ReadRequest()) {
          if (!connection.Send(Answer(Parse(bytes)))) return;
        }
      }) {}

ScriptedServer::~ScriptedServer() { Finish(); }

std::string ScriptedServer::Answer(const ReceivedRequest& request) {
  base::MutexLock lock(&mutex_);
  if (next_ == script_.size()) {
    absl::StrAppend(&differences_, "request ", next_ + 1,
                    " after the end of the script: ", request.method, " ", request.target, "\n");
    return HttpAnswer(500, "");
  }
  const ScriptedExchange& expected = script_[next_];
  ++next_;
  const std::string differences = testing::Differences(expected, request);
  if (differences.empty()) return expected.answer;
  absl::StrAppend(&differences_, "request ", next_, " of ", script_.size(), ", ", request.method,
                  " ", request.target, ", differs:\n", differences);
  return HttpAnswer(500, "");
}

std::string ScriptedServer::Differences() const {
  base::MutexLock lock(&mutex_);
  if (next_ == script_.size()) return differences_;
  return absl::StrCat(differences_, "only ", next_, " of ", script_.size(), " requests came\n");
}

void ScriptedServer::Finish() {
  {
    base::MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
  }
  EXPECT_EQ(Differences(), "");
}

}  // namespace sessionbroker::testing
