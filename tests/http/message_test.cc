#include "service/http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace sessionbroker::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::PrintToString;

TEST(ResponseTest, FindsTheFirstHeaderWhateverItsCase) {
  Response response;
  response.headers = {{"Set-Cookie", "a"}, {"X-A", "b"}, {"set-cookie", "c"}};
  ASSERT_NE(response.FindHeader("SET-COOKIE"), nullptr);
  EXPECT_EQ(*response.FindHeader("SET-COOKIE"), "a");
  EXPECT_EQ(response.FindHeader("X-B"), nullptr);
}

Request RequestWith(const std::string& secret) {
  Request request;
  request.method = "POST";
  request.url = secret;
  request.body = secret;
  request.headers = {{"X-Key", secret}};
  return request;
}

TEST(RequestTest, PrintsNothingOfItself) {
  EXPECT_THAT(PrintToString(RequestWith("hunter2")), Not(HasSubstr("hunter2")));
  EXPECT_EQ(PrintToString(RequestWith("hunter2")), "<request: POST>");
}

TEST(ResponseTest, PrintsNothingButItsStatus) {
  Response response;
  response.status = 200;
  response.body = "hunter2";
  EXPECT_EQ(PrintToString(response), "<response: status 200>");
}

// Whether `size` bytes at `memory` hold `text`.
bool Holds(const void* memory, std::size_t size, const std::string& text) {
  return memmem(memory, size, text.data(), text.size()) != nullptr;
}

// A short string is inside the object, so its bytes can be looked at after its end of life.
class Storage {
 public:
  Request* Make(const std::string& secret) { return new (bytes_) Request(RequestWith(secret)); }
  bool Holds(const std::string& text) const {
    return sessionbroker::http::Holds(bytes_, sizeof(bytes_), text);
  }

 private:
  alignas(Request) unsigned char bytes_[sizeof(Request)] = {};
};

TEST(RequestTest, IsWipedWhenItGoes) {
  Storage storage;
  Request* const request = storage.Make("hunter2");
  ASSERT_TRUE(storage.Holds("hunter2"));
  request->~Request();
  EXPECT_FALSE(storage.Holds("hunter2"));
}

TEST(RequestTest, MovedFromIsWipedWhenItGoes) {
  Storage storage;
  Request* const request = storage.Make("hunter2");
  const Request moved = std::move(*request);
  EXPECT_EQ(moved.body, "hunter2");
  request->~Request();
  EXPECT_FALSE(storage.Holds("hunter2"));
}

TEST(RequestTest, OverwrittenIsWiped) {
  Storage storage;
  Request* const request = storage.Make("hunter2");
  *request = RequestWith("x");
  EXPECT_FALSE(storage.Holds("unter2"));
  EXPECT_EQ(request->body, "x");
  request->~Request();
}

TEST(RequestTest, AssignmentToItselfChangesNothing) {
  Request request = RequestWith("hunter2");
  Request& same = request;
  request = std::move(same);
  EXPECT_EQ(request.body, "hunter2");
}

}  // namespace
}  // namespace sessionbroker::http
