// The program: its flags, files and exit codes.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/harness.h"

extern char** environ;

namespace sessionbroker::simulator {
namespace {

// A running provider_simulator.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PROVIDER_SIMULATOR);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], nullptr, nullptr, argv.data(), environ), 0);
  }
  ~Program() {
    if (pid_ > 0) End(SIGKILL);
  }

  bool Running() {
    if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
    return pid_ > 0;
  }
  // The exit status, or minus the signal that ended it.
  int Wait() {
    if (pid_ > 0) waitpid(pid_, &status_, 0);
    pid_ = 0;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  }
  int End(int signal) {
    kill(pid_, signal);
    return Wait();
  }

 private:
  pid_t pid_ = 0;
  int status_ = 0;
};

class ProviderSimulatorTest : public testing::Test {
 protected:
  ProviderSimulatorTest()
      : folder_(absl::StrCat(testing::TempDir(), "/provider_simulator_test.", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~ProviderSimulatorTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) { return absl::StrCat(folder_, "/", name); }
  // What the file says once it is there; 0 where the program ends before.
  int WaitForPort(Program& program, const std::string& name) {
    while (!std::filesystem::exists(Path(name)) && program.Running()) std::this_thread::yield();
    std::ifstream file(Path(name));
    int port = 0;
    file >> port;
    return port;
  }

  const std::string folder_;
  Client client_;
};

TEST_F(ProviderSimulatorTest, WritesItsPortServesAndEndsQuietlyOnSigterm) {
  std::ofstream(Path("users")) << R"({"family":"vtiger","name":"filed","access_key":"k"})"
                               << "\n\n"
                               << R"({"family":"corebos","name":"filed","access_key":"k"})"
                               << "\n";
  Program program({"--quiet", "--port-file", Path("port"), "--https-port-file", Path("https"),
                   "--self-signed", Path("ca.pem"), "--user", "vtiger:load-*:key:password",
                   "--users-file", Path("users"), "--freeze", "1795290462", "--settings",
                   R"({"family":"vtiger","challenge_life":7})"});
  const int port = WaitForPort(program, "port");
  ASSERT_GT(port, 0);
  const std::string base = absl::StrCat("http://127.0.0.1:", port, "/vtiger/webservice.php");
  for (const char* user : {"admin", "load-7", "filed"}) {
    const Answer answer =
        client_.Send({.url = base, .query = {{"operation", "getchallenge"}, {"username", user}}});
    EXPECT_EQ(Harness::Result(answer)["expireTime"], 1795290469) << user << answer.body;
  }
  const Answer secure = client_.Send(
      {.url = absl::StrCat("https://localhost:", WaitForPort(program, "https"),
                           "/corebos/webservice.php?operation=getchallenge&username=filed"),
       .ca_file = Path("ca.pem")});
  EXPECT_EQ(Harness::Code(secure), "ok");
  EXPECT_EQ(program.End(SIGTERM), 0);
}

TEST_F(ProviderSimulatorTest, SigintEndsItToo) {
  Program program({"--quiet", "--no-demo-users", "--port-file", Path("port")});
  const int port = WaitForPort(program, "port");
  const Answer answer = client_.Send(
      {.url = absl::StrCat("http://127.0.0.1:", port,
                           "/vtiger/webservice.php?operation=getchallenge&username=admin")});
  EXPECT_EQ(Harness::Code(answer), "ACCESS_DENIED");
  EXPECT_EQ(program.End(SIGINT), 0);
}

TEST_F(ProviderSimulatorTest, RefusesToStartWithWhatItCannotUse) {
  std::ofstream(Path("users")) << "{\"family\":\"vtiger\"}\n";
  const std::vector<std::vector<std::string>> cases = {
      {"--users-file", Path("missing")},
      {"--users-file", Path("users")},
      {"--user", "vtiger:admin"},
      {"--user", "nobody:admin:key"},
      {"--settings", "{\"family\":\"vtiger\",\"idle\":1}"},
      {"--listen", "localhost"},
      {"--certificate", Path("missing"), "--key", Path("missing")},
      {"--port-file", Path("missing/port")},
  };
  for (const std::vector<std::string>& arguments : cases) {
    Program program(arguments);
    EXPECT_EQ(program.Wait(), 1) << arguments[0] << " " << arguments[1];
  }
  Program unknown({"--unknown"});
  EXPECT_GT(unknown.Wait(), 0);
}

}  // namespace
}  // namespace sessionbroker::simulator
