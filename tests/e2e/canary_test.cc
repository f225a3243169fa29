// Secrets and session ids do not leave but in the reply that they are for: a whole day's trouble
// with values that occur nowhere else, then a search of everything that the broker has said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using ::testing::IsEmpty;

std::string PercentEncoded(const std::string& text, const char* unreserved) {
  std::string out;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || std::string(unreserved).find(c) != std::string::npos) {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('%');
      absl::StrAppend(&out, absl::AsciiStrToUpper(
                                absl::BytesToHexString(std::string(1, static_cast<char>(c)))));
    }
  }
  return out;
}

// `text` and the forms in which it could hide inside a larger one.
std::vector<std::string> FormsOf(const std::string& text) {
  std::vector<std::string> forms = {text,
                                    absl::BytesToHexString(text),
                                    absl::AsciiStrToUpper(absl::BytesToHexString(text)),
                                    PercentEncoded(text, "-._~"),
                                    PercentEncoded(text, ""),
                                    absl::StrReplaceAll(text, {{"/", "\\/"}})};
  // Base64 has three alignments; the characters at both ends depend on the neighbours.
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string shifted = std::string(shift, 'x') + text;
    const std::size_t whole = shifted.size() / 3 * 4;
    const std::size_t head = shift == 0 ? 0 : shift + 1;
    forms.push_back(absl::Base64Escape(shifted).substr(head, whole - head));
    forms.push_back(absl::WebSafeBase64Escape(shifted).substr(head, whole - head));
  }
  return forms;
}

class CanaryTest : public EndToEndTest {
 protected:
  // Remembers what must not be seen.
  std::string Canary(const std::string& name, const std::string& value) {
    canaries_[name] = value;
    return value;
  }

  // The canaries that `text` shows, each by name and form.
  std::vector<std::string> FoundIn(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& [name, value] : canaries_) {
      const std::vector<std::string> forms = FormsOf(value);
      for (std::size_t i = 0; i < forms.size(); ++i) {
        if (text.find(forms[i]) != std::string::npos) {
          found.push_back(absl::StrCat(name, " in form ", i));
        }
      }
    }
    return found;
  }

  // An account with a canary for its key; `provider_key` is what the simulator takes for right.
  AccountConfig CanaryAccount(const std::string& family, const std::string& account,
                              const std::string& key, const std::string& provider_key) {
    simulator::User user;
    user.name = account;
    user.access_key = provider_key;
    EXPECT_THAT(simulator().SetUser(family, user), testing::IsOk());
    user.access_key = Canary(absl::StrCat("key of ", family, "/", account), key);
    AccountConfig config = AccountOf(family, user);
    config.account = account;
    return config;
  }

  // Logs `account` of `family` in while that goes wrong, with a session that must not be seen
  // either, and reports it as dead in words that show it; what callers are told goes into `said`.
  void LoginWith(simulator::FaultKind fault, const std::string& family, const BrokerProcess& broker,
                 v1::SessionBroker::Stub* stub, std::vector<std::string>* said) {
    const std::string session =
        Canary(absl::StrCat("session of ", family, " with ", simulator::FaultName(fault)),
               absl::StrCat("5e55101f", family, absl::Hex(static_cast<int>(fault), absl::kZeroPad4),
                            "0123456789abcdef"));
    ASSERT_THAT(simulator().QueueSession(family, session), testing::IsOk());
    // The body is what some faults answer.
    ASSERT_THAT(simulator().AddFault({.kind = fault,
                                      .family = family,
                                      .skip = family == "icash" ? 0 : 1,
                                      .count = 0,
                                      .latency = absl::Milliseconds(1),
                                      .body = absl::StrCat("no: ", session),
                                      .location = absl::StrCat("http://127.0.0.1:1/?s=", session)}),
                testing::IsOk());
    broker.Unlatch(family, "faulty");
    const Answer answer = GetSession(stub, family, "faulty");
    said->push_back(answer.status.error_message());
    said->push_back(answer.status.error_details());
    simulator().ClearFaults();
    if (!answer.ok()) return;
    v1::InvalidateSessionRequest request;
    request.set_provider(family);
    request.set_account("faulty");
    request.set_version(answer.session.version());
    request.set_detail(absl::StrCat("it is dead: ", answer.session.id()));
    grpc::ClientContext context;
    v1::InvalidateSessionResponse response;
    const grpc::Status status = stub->InvalidateSession(&context, request, &response);
    said->push_back(absl::StrCat(status.error_message(), response.DebugString()));
  }

  // What the broker sent to providers is not meant for its callers either.
  void AddSentDigests() {
    for (const auto& [family, request] : simulator().recent_requests()) {
      for (const std::string before : {"accessKey=", "signature=", "\"password\":\""}) {
        const std::size_t at = request.body.find(before);
        if (at == std::string::npos) continue;
        const std::size_t begin = at + before.size();
        const std::string digest =
            request.body.substr(begin, request.body.find_first_of("&\"", begin) - begin);
        Canary(absl::StrCat("digest ", digest.substr(0, 4)), digest);
      }
    }
  }

 private:
  std::map<std::string, std::string> canaries_;
};

TEST_F(CanaryTest, SearchFindsEveryForm) {
  Canary("key", "s3cr3t/+&key");
  for (const std::string& form : FormsOf("s3cr3t/+&key")) {
    EXPECT_THAT(FoundIn(absl::StrCat("{\"detail\":\"", form, "\"}")), ::testing::Not(IsEmpty()));
  }
  for (const char* prefix : {"", "a", "ab", "abc"}) {
    EXPECT_THAT(FoundIn(absl::Base64Escape(absl::StrCat(prefix, "s3cr3t/+&key", "tail"))),
                ::testing::Not(IsEmpty()));
  }
  EXPECT_THAT(FoundIn("s3cr3t/+&ke"), IsEmpty());
}

TEST_F(CanaryTest, NothingThatTheBrokerSaysHoldsASecret) {
  BrokerConfig config;
  config.operated = {"*/*"};
  const std::string sealing_key =
      Canary("sealing key", "5ea1000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d");
  directory().Write("seal.key", sealing_key);
  config.more = absl::StrCat(
      "sealing_keys: [{file: seal.key}]\n"
      "outbound: {max_logins_per_hour: 10000, request_timeout: 1s, login_timeout: 2s}\n");
  std::vector<std::string> said;
  for (const std::string family : kProviders) {
    // One that works, one that is refused, one whose provider says the sent digest back in an
    // error, one that is down and one that meets every fault there is.
    for (const char* account : {"good", "refused", "echoed", "down", "faulty"}) {
      const std::string key = absl::StrCat("cAnArY/+&=", family, "-", account, "%41");
      const bool right = absl::string_view(account) != "refused";
      config.accounts.push_back(CanaryAccount(family, account, key, right ? key : "another key"));
    }
    ASSERT_THAT(simulator().QueueSession(
                    family, Canary(absl::StrCat("session of ", family),
                                   absl::StrCat("5e551011", family, "0123456789abcdef"))),
                testing::IsOk());
  }
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  for (const std::string family : kProviders) {
    const Answer good = GetSession(stub.get(), family, "good");
    ASSERT_TRUE(good.ok()) << good;
    EXPECT_THAT(FoundIn(good.session.id()), ::testing::Not(IsEmpty())) << "the canary is used";

    const Answer refused = GetSession(stub.get(), family, "refused");
    EXPECT_EQ(refused.reason, "CREDENTIALS_REJECTED") << refused;

    // A provider that repeats what it was sent, and one that sends a session with an error.
    ASSERT_THAT(
        simulator().AddFault({.kind = simulator::FaultKind::kText,
                              .family = family,
                              .operation = family == "tipmoto" ? "gethash" : "login",
                              .body = absl::StrCat("no: cAnArY/+&=", family, "-echoed%41 5e551011",
                                                   family, "0123456789abcdef")}),
        testing::IsOk());
    const Answer echoed = GetSession(stub.get(), family, "echoed");
    EXPECT_FALSE(echoed.ok());

    ASSERT_THAT(
        simulator().AddFault({.kind = simulator::FaultKind::kReset, .family = family, .count = 0}),
        testing::IsOk());
    const Answer down = GetSession(stub.get(), family, "down");
    EXPECT_EQ(down.reason, "PROVIDER_UNREACHABLE") << down;
    simulator().ClearFaults();

    for (const Answer& error : {refused, echoed, down}) {
      said.push_back(error.status.error_message());
      said.push_back(error.status.error_details());
    }
  }
  for (const std::string& name : simulator::FaultNames()) {
    for (const std::string family : kProviders) {
      LoginWith(*simulator::FaultNamed(name), family, *broker, stub.get(), &said);
    }
  }
  AddSentDigests();

  for (const std::string& account : ListAccounts(stub.get())) said.push_back(account);
  said.push_back(broker->Admin("/metrics"));
  EXPECT_NE(said.back(), "");
  for (const char* file : {"cmdline", "environ"}) {
    said.push_back(testing::ReadFile(absl::StrCat("/proc/", broker->process().pid(), "/", file)));
  }
  const auto check =
      BrokerProcess::Run({"--check-config", "--config", directory().File("broker.yaml")});
  ASSERT_THAT(check->Wait(), testing::IsOk());
  said.push_back(check->Stdout());
  said.push_back(check->Stderr());
  SB_ASSERT_OK_AND_ASSIGN(const ExitStatus exit, broker->Stop());
  EXPECT_EQ(exit.code, 0);
  const std::string log = broker->process().Stderr();
  EXPECT_THAT(log, ::testing::HasSubstr("\"level\":\"debug\"")) << "the search is worth something";
  said.push_back(log);
  const std::string audit = broker->process().Stdout();
  for (const char* what : {"\"action\":\"get\",\"outcome\":\"ok\"", "\"action\":\"latch\"",
                           "\"action\":\"invalidate\"", "\"session\":\""}) {
    EXPECT_THAT(audit, ::testing::HasSubstr(what)) << "the search is worth something";
  }
  said.push_back(audit);
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory().File("state"))) {
    if (entry.is_regular_file()) said.push_back(testing::ReadFile(entry.path()));
  }

  for (const std::string& text : said) EXPECT_THAT(FoundIn(text), IsEmpty()) << text;
}

TEST_F(CanaryTest, EnvironmentVariableIsWipedOnceItIsRead) {
  const std::string key = Canary("key", "cAnArY-from-the-environment");
  BrokerConfig config;
  config.accounts = {CanaryAccount("vtiger", "env", key, key)};
  const std::string path = config.Write(directory().path());
  std::string yaml = testing::ReadFile(path);
  const std::string file_source = "{file: vtiger-env.access_key}";
  yaml.replace(yaml.find(file_source), file_source.size(), "{env: SB_TEST_ACCESS_KEY}");
  directory().Write("broker.yaml", yaml);

  const auto broker = BrokerProcess::Start(path, {{"SB_TEST_ACCESS_KEY", key}});
  ASSERT_TRUE(broker.ok()) << broker.status();
  const Answer answer = GetSession((*broker)->Stub().get(), "vtiger", "env");
  EXPECT_TRUE(answer.ok()) << answer;
  const std::string environment =
      testing::ReadFile(absl::StrCat("/proc/", (*broker)->process().pid(), "/environ"));
  // Only root may look at all: the broker forbids it to others.
  if (geteuid() == 0) {
    EXPECT_THAT(environment, ::testing::HasSubstr("PATH=")) << "the search is worth something";
  }
  EXPECT_THAT(FoundIn(environment), IsEmpty());
}

}  // namespace
}  // namespace sessionbroker::e2e
